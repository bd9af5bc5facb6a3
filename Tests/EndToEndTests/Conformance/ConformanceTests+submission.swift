import Foundation
import QueueFlowClient
import QueueFlowTesting
import QueueFlowWorker
import Testing

/// How jobs are taken, and when they run.
extension ConformanceTests {
    @Test(arguments: Backend.allCases) func aDelayedJobRunsWhenItIsDue(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start { $0.handle(Work.self) { _, _ in } }
            let delayed = JobOptions(due: .after(.milliseconds(600)))
            let work = try await queueflow.client.submit(Work(), options: delayed)
            let waiting = try await work.job()
            #expect((waiting.state, waiting.queuedAt) == (.scheduled, nil) && waiting.dueAt != nil)
            try await queueflow.pass(.milliseconds(100))
            #expect(try await work.job().state == .scheduled)
            let job = try await queueflow.reach(.completed, work.id)
            let waited = try #require(job.queuedAt).timeIntervalSince(job.createdAt)
            #expect(waited > 0.5 && waited < 1.5, "queued \(waited) s after its submission")

            let far = try await queueflow.client.submit(Work(), options: JobOptions(due: .after(.seconds(600))))
            #expect(try await far.retry().dueAt == nil)
            #expect(try await queueflow.reach(.completed, far.id).attempt == 1)
        }
    }

    @Test(arguments: Backend.allCases) func urgentJobsRunFirst(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            let ledger = Ledger()
            try await queueflow.start { $0.handle(Work.self) { work, _ in ledger.write(work.name) } }
            try await queueflow.pause("default")
            var last = ""
            for priority in [JobPriority.low, .normal, .high, .critical] {
                let options = JobOptions(priority: priority)
                last = try await queueflow.client.submit(Work(name: priority.rawValue), options: options).id
            }
            let ids = try await queueflow.client.jobs().reduce(into: [String]()) { $0.append($1.id) }
            #expect(ids.first == last)
            try await queueflow.resume("default")
            for id in ids { _ = try await queueflow.reach(.completed, id) }
            #expect(ledger.all == ["critical", "high", "normal", "low"])
        }
    }

    @Test(arguments: Backend.allCases) func jobsOfOneKindRunInTheirOrder(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            let ledger = Ledger()
            try await queueflow.pause("default")
            let names = (1...9).map { "\($0)" }
            let handles = try await queueflow.client.submit(contentsOf: names.map { Work(name: $0) })
            try await queueflow.start { $0.handle(Work.self) { work, _ in ledger.write(work.name) } }
            try await queueflow.resume("default")
            for handle in handles { _ = try await queueflow.reach(.completed, handle.id) }
            #expect(ledger.all == names)
        }
    }

    @Test(arguments: Backend.allCases) func aQueueThatIsPausedHoldsUpNoOther(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start { $0.handle(Work.self) { _, _ in } }
            try await queueflow.pause("mail")
            let mail = try await queueflow.client.submit(Work(), options: JobOptions(queue: "mail"))
            let other = try await queueflow.client.submit(Work(), options: JobOptions(queue: "other"))
            #expect(try await queueflow.reach(.completed, other.id).queue == "other")
            let held = try await mail.job()
            #expect((held.state, held.isUnhandled, held.queue) == (.queued, false, "mail"))
            try await queueflow.resume("mail")
            #expect(try await queueflow.reach(.completed, mail.id).attempt == 1)
        }
    }

    @Test(arguments: Backend.allCases) func aTypeWithoutAHandlerWaits(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start { $0.handle(Work.self) { _, _ in } }
            let sum = try await queueflow.client.submit(Add(a: 1, b: 2))
            let work = try await queueflow.client.submit(Work())
            _ = try await queueflow.reach(.completed, work.id)
            let waiting = try await sum.job()
            #expect((waiting.state, waiting.isUnhandled, waiting.attempt) == (.queued, true, 0))
            try await queueflow.start { $0.handle(Add.self) { add, _ in add.a + add.b } }
            #expect(try await queueflow.reach(.completed, sum.id).result == Data("3".utf8))
        }
    }

    @Test(arguments: Backend.allCases) func oneIdempotencyKeyIsOneJob(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start { $0.handle(Add.self) { add, _ in add.a + add.b } }
            let first = try await queueflow.client.submit(Add(a: 1, b: 2), idempotencyKey: "invoice 17")
            let again = try await queueflow.client.submit(Add(a: 1, b: 2), idempotencyKey: "invoice 17")
            #expect(again.id == first.id && again.isRepeat && !first.isRepeat)
            let other = try await #require(throws: QueueFlowError.self) {
                try await queueflow.client.submit(Add(a: 1, b: 3), idempotencyKey: "invoice 17")
            }
            #expect((other.kind, other.problem, other.status) == (.invalidRequest, "idempotency-key-reused", 422))
            #expect(other.fieldErrors.map(\.field) == ["Idempotency-Key"])
            let bad = try await #require(throws: QueueFlowError.self) {
                try await queueflow.client.submit(
                    Add(a: 1, b: 3),
                    idempotencyKey: String(repeating: "k", count: 256)
                )
            }
            #expect(bad.fieldErrors.map(\.detail) == ["must have 1 to 255 printable ASCII characters"])
            _ = try await queueflow.reach(.completed, first.id)
            let late = try await queueflow.client.submit(Add(a: 1, b: 2), idempotencyKey: "invoice 17")
            #expect(late.id == first.id && late.isRepeat)
        }
    }

    @Test(arguments: Backend.allCases) func whatIsWrongWithAJobIsTold(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            func refusal(_ type: String = "work", _ options: JobOptions = JobOptions()) async throws -> [String] {
                let error = try await #require(throws: QueueFlowError.self) {
                    try await queueflow.client.submit(type: type, options: options)
                }
                #expect((error.kind, error.status, error.problem) == (.invalidRequest, 422, "validation-failed"))
                return error.fieldErrors.map { "\($0.field) \($0.detail)" }
            }
            var told: [String]
            let rest = ", and is neither '.' nor '..'"
            let seconds = "a number of seconds from 0 to 31536000, which is a year"
            told = try await refusal("a b", JobOptions(queue: "a/b"))
            #expect(
                told == [
                    "queue a queue name has 1 to 100 characters out of a-z, A-Z, 0-9, '.', '_' and '-'\(rest)",
                    "type a job type has 1 to 200 characters out of a-z, A-Z, 0-9, '.', '_' and '-'\(rest)",
                ]
            )
            told = try await refusal("work", JobOptions(due: .after(.seconds(-1)), maxAttempts: 0, timeout: .zero))
            #expect(
                told == [
                    "delay must be \(seconds), got -1", "max_attempts must be a whole number from 1 to 100, got 0",
                    "timeout must be a number of seconds from 0.001 to 86400, got 0",
                ]
            )
            told = try await refusal("work", JobOptions(backoff: .exponential(base: .seconds(-1), factor: 0.5)))
            #expect(
                told == [
                    "retry.base must be \(seconds), got -1", "retry.factor must be a number from 1 to 1000, got 0.5",
                ]
            )
            #expect(
                try await refusal("work", JobOptions(tags: ["", "b\n"]))
                    == [
                        "tags[0] must be a string of 1 to 100 characters without control characters",
                        "tags[1] must be a string of 1 to 100 characters without control characters",
                    ]
            )
            #expect(
                try await refusal("work", JobOptions(due: .at(Date(timeIntervalSinceNow: 11 * 366 * 86_400))))
                    == ["execute_at must be within the next ten years"]
            )
            let large = try await #require(throws: QueueFlowError.self) {
                let payload = Data(("\"" + String(repeating: "x", count: 1 << 20) + "\"").utf8)
                try await queueflow.client.submit(type: "work", json: payload)
            }
            #expect((large.kind, large.status, large.problem) == (.invalidRequest, 413, "content-too-large"))
            #expect(large.fieldErrors.map(\.detail) == ["has 1048578 bytes; at most 1048576 are allowed"])
        }
    }

    @Test(arguments: Backend.allCases) func manyJobsAreTakenAsAWholeOrNotAtAll(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            var requests = try (1...3).map { try JobRequest(Work(name: "\($0)")) }
            requests.append(try JobRequest(Work(), options: JobOptions(maxAttempts: 101)))
            let error = try await #require(throws: QueueFlowError.self) {
                try await queueflow.client.submit(contentsOf: requests)
            }
            #expect(error.fieldErrors.map(\.field) == ["jobs[3].max_attempts"])
            #expect(try await queueflow.client.jobs().reduce(0) { count, _ in count + 1 } == 0)
            let ids = try await queueflow.client.submit(contentsOf: Array(requests.dropLast()))
            #expect(ids.count == 3 && ids == ids.sorted())
        }
    }

    @Test(arguments: Backend.allCases) func jobsAreFoundByWhatTheyAre(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start { $0.handle(Add.self) { add, _ in add.a + add.b } }
            let sum = try await queueflow.client.submit(Add(a: 1, b: 2))
            let work = try await queueflow.client.submit(Work(), options: JobOptions(due: .after(.seconds(600))))
            _ = try await queueflow.reach(.completed, sum.id)
            func ids(_ filter: JobFilter) async throws -> [String] {
                try await queueflow.client.jobs(filter).reduce(into: []) { $0.append($1.id) }
            }
            #expect(try await ids(JobFilter()) == [work.id, sum.id])
            #expect(try await ids(JobFilter(state: .completed)) == [sum.id])
            #expect(try await ids(JobFilter(state: .scheduled)) == [work.id])
            #expect(try await ids(JobFilter(type: "work")) == [work.id])
            #expect(try await ids(JobFilter(queue: "sums")) == [sum.id])
            #expect(try await ids(JobFilter(tag: "sum")) == [sum.id])
            #expect(try await ids(JobFilter(type: "add", queue: "default")) == [])
            #expect(try await ids(JobFilter(createdAfter: Date(timeIntervalSinceNow: 600))) == [])
            let unknown = UUID().uuidString.lowercased()
            let error = try await #require(throws: QueueFlowError.self) { try await queueflow.client.job(unknown) }
            #expect((error.kind, error.detail) == (.notFound, "There is no job with this id."))
            await #expect(throws: QueueFlowError.self) { try await queueflow.client.cancel(unknown) }
            await #expect(throws: QueueFlowError.self) { try await queueflow.client.attempts(of: unknown) }
        }
    }

    @Test(arguments: Backend.allCases) func whatTheKindSaysHoldsForJobsWithoutIt(_ backend: Backend) async throws {
        struct Renamed: Job {
            typealias Output = String
            static let type = "new.name"
            static let defaults = JobOptions(backoff: .fixed(.milliseconds(700)))
            static let earlier: [EarlierVersion<Renamed>] = [.init(Work.self) { Renamed(names: [$0.name]) }]
            var names: [String]
        }
        try await backend.run { queueflow in
            try await queueflow.start {
                $0.handle(Renamed.self) { renamed, job in
                    if job.attempt == 1 { throw Broken() }
                    return renamed.names.joined() + job.type
                }
            }
            // As a client of another language submits it: without what the kind says.
            let old = try await queueflow.client.submit(type: "work", json: Data(#"{"name":"a"}"#.utf8))
            let waiting = try await queueflow.reach(.retrying, old.id)
            let failed = try #require(try await queueflow.client.attempts(of: old.id).first?.endedAt)
            #expect(abs(try #require(waiting.dueAt).timeIntervalSince(failed) - 0.7) < 0.002)
            #expect(try await queueflow.reach(.completed, old.id).result(as: String.self) == "awork")
        }
    }
}
