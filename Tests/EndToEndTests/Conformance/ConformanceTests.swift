import Foundation
import QueueFlowClient
import QueueFlowTesting
import QueueFlowWorker
import Synchronization
import Testing

/// What holds for jobs, in memory as with everything there is: the same tests with both.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ConformanceTests {
    struct Add: Job {
        typealias Output = Int

        static let type = "add"
        static let defaults = JobOptions(
            queue: "sums",
            maxAttempts: 2,
            backoff: .fixed(.milliseconds(50)),
            tags: ["sum"]
        )
        var a: Int
        var b: Int
    }

    struct Work: Job {
        static let type = "work"
        static let defaults = JobOptions(maxAttempts: 3, backoff: .fixed(.milliseconds(50)))
        var name = ""
    }

    struct Broken: Error, CustomStringConvertible {
        var description = "broken"
    }

    /// What handlers did, in their order.
    final class Ledger: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func write(_ line: String) { lines.withLock { $0.append(line) } }
    }

    /// What an attempt came to, without names and times.
    private func summary(_ attempts: [JobAttempt]) -> [String] {
        attempts.map { attempt in
            #expect(attempt.endedAt.map { $0 >= attempt.startedAt } ?? true)
            return ["\(attempt.run)", "\(attempt.attempt)", attempt.outcome.rawValue, attempt.kind, attempt.error]
                .compactMap(\.self).joined(separator: " ")
        }
    }

    // MARK: Ends

    @Test(arguments: Backend.allCases) func aJobCompletesWithItsResult(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start { $0.handle(Add.self) { add, _ in add.a + add.b } }
            let sum = try await queueflow.client.submit(Add(a: 2, b: 3))
            let job = try await queueflow.reach(.completed, sum.id)
            #expect(try await sum.output(within: .seconds(5)) == 5)
            #expect((job.type, job.queue, job.priority, job.tags) == ("add", "sums", .normal, ["sum"]))
            #expect((job.attempt, job.maxAttempts, job.run) == (1, 2, 1))
            #expect(job.payload == Data(#"{"a":2,"b":3}"#.utf8) && job.result == Data("5".utf8))
            #expect(job.error == nil && job.reason == nil && job.dueAt == nil && job.cancelRequestedAt == nil)
            let times = try [#require(job.queuedAt), #require(job.startedAt), #require(job.finishedAt)]
            #expect([job.createdAt] + times == ([job.createdAt] + times).sorted())
            #expect(job.workerID != nil && job.isUnhandled == nil)
            #expect(summary(try await queueflow.client.attempts(of: sum.id)) == ["1 1 completed"])
        }
    }

    @Test(arguments: Backend.allCases) func aFailureIsRetriedAfterItsBackoff(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start {
                $0.handle(Work.self) { _, job in
                    if job.attempt < 3 { throw Broken(description: "broken \(job.attempt)") }
                }
            }
            let backoff = JobBackoff.exponential(base: .milliseconds(400), factor: 2, jitter: false)
            let work = try await queueflow.client.submit(Work(), options: JobOptions(backoff: backoff))
            for (attempt, delay) in [(1, 0.4), (2, 0.8)] {
                let job = try await queueflow.reach(.retrying, work.id)
                #expect((job.attempt, job.run, job.error) == (attempt, attempt, "broken \(attempt)"))
                #expect(job.queuedAt == nil && job.finishedAt == nil)
                let last = try #require(try await queueflow.client.attempts(of: work.id).first)
                let due = try #require(job.dueAt).timeIntervalSince(try #require(last.endedAt))
                #expect(abs(due - delay) < 0.002, "due \(due) s after attempt \(attempt)")
                if attempt == 1 { try await queueflow.pass(.milliseconds(700)) }
            }
            let job = try await queueflow.reach(.completed, work.id)
            #expect((job.attempt, job.run, job.error, job.result) == (3, 3, "broken 2", nil))
            #expect(
                summary(try await queueflow.client.attempts(of: work.id))
                    == ["3 3 completed", "2 2 failed error broken 2", "1 1 failed error broken 1"]
            )
        }
    }

    @Test(arguments: Backend.allCases) func aJobDiesAfterItsLastAttempt(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start { $0.handle(Work.self) { _, _ in throw Broken() } }
            let work = try await queueflow.client.submit(Work(), options: JobOptions(maxAttempts: 2))
            let job = try await queueflow.reach(.dead, work.id)
            #expect((job.attempt, job.run, job.error, job.reason) == (2, 2, "broken", "attempts_exhausted"))
            #expect(job.finishedAt != nil && job.dueAt == nil)
            #expect(
                summary(try await queueflow.client.attempts(of: work.id))
                    == ["2 2 failed error broken", "1 1 failed error broken"]
            )
            let error = try await #require(throws: JobOutcomeError.self) { try await work.output(within: .seconds(5)) }
            #expect(error.kind == .died)
            #expect(
                "\(error)"
                    == "job \(work.id) of type 'work' died after 2 of 2 attempts (attempts_exhausted): broken"
            )
        }
    }

    @Test(arguments: Backend.allCases) func whatIsDiscardedDiesAtOnce(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start { $0.handle(Work.self) { _, _ in throw JobFailure.discard("no use") } }
            let work = try await queueflow.client.submit(Work())
            let unreadable = try await queueflow.client.submit(type: "work", json: Data(#"{"name": 7}"#.utf8))
            let job = try await queueflow.reach(.dead, work.id)
            #expect((job.attempt, job.error, job.reason) == (1, "no use", "discarded"))
            let other = try await queueflow.reach(.dead, unreadable.id)
            #expect((other.attempt, other.reason) == (1, "discarded"))
            #expect(
                other.error?.hasPrefix("the payload of a job of type 'work' cannot be read as Work: name: ") == true
            )
        }
    }

    @Test(arguments: Backend.allCases) func aSnoozeUsesNoAttemptUp(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start {
                $0.handle(Work.self) { _, job in
                    if job.run == 1 { throw JobFailure.snooze(for: .milliseconds(300)) }
                }
            }
            let work = try await queueflow.client.submit(Work(), options: JobOptions(maxAttempts: 1))
            let snoozed = try await queueflow.reach(.scheduled, work.id)
            #expect((snoozed.attempt, snoozed.run, snoozed.error) == (0, 1, nil))
            #expect(snoozed.startedAt == nil && snoozed.workerID == nil && snoozed.queuedAt == nil)
            #expect(snoozed.dueAt != nil)
            #expect(summary(try await queueflow.client.attempts(of: work.id)) == [])
            let job = try await queueflow.reach(.completed, work.id)
            #expect((job.attempt, job.run) == (1, 2))
            #expect(summary(try await queueflow.client.attempts(of: work.id)) == ["2 1 completed"])
        }
    }

    @Test(arguments: Backend.allCases) func aHandlerMayNameTheNextAttemptsTime(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start {
                $0.handle(Work.self) { _, job in
                    if job.attempt == 1 { throw JobFailure.retry(after: .milliseconds(300), "busy") }
                }
            }
            let slow = JobOptions(backoff: .fixed(.seconds(600)))
            let work = try await queueflow.client.submit(Work(), options: slow)
            let waiting = try await queueflow.reach(.retrying, work.id)
            #expect((waiting.attempt, waiting.error) == (1, "busy"))
            #expect(try await queueflow.reach(.completed, work.id).attempt == 2)
        }
    }

    @Test(arguments: Backend.allCases) func anAttemptThatTakesTooLongHasFailed(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            let reasons = Ledger()
            try await queueflow.start {
                $0.handle(Work.self) { _, job in
                    try? await Task.sleep(for: .seconds(600))
                    reasons.write("\(job.cancellation?.rawValue ?? "none")")
                }
            }
            let options = JobOptions(maxAttempts: 1, timeout: .milliseconds(200))
            let work = try await queueflow.client.submit(Work(), options: options)
            let job = try await queueflow.reach(.dead, work.id)
            let error = "the attempt took longer than 0.2 seconds"
            #expect((job.error, job.reason) == (error, "attempts_exhausted"))
            #expect(summary(try await queueflow.client.attempts(of: work.id)) == ["1 1 failed timeout \(error)"])
            #expect(reasons.all == ["timeout"])
        }
    }

    @Test(arguments: Backend.allCases) func whatCannotBeKeptIsAFailure(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start {
                $0.handle("large") { _ in .json(Data(("\"" + String(repeating: "x", count: 1 << 20) + "\"").utf8)) }
                $0.handle("broken") { _ in .json(Data("{".utf8)) }
                $0.handle("talkative") { _ in throw Broken(description: "ä\0" + String(repeating: "é", count: 10_000)) }
            }
            let once = JobOptions(maxAttempts: 1)
            func error(_ type: String) async throws -> String {
                let job = try await queueflow.client.submit(type: type, options: once)
                return try await queueflow.reach(.dead, job.id).error ?? ""
            }
            #expect(try await error("large") == "the result has 1048578 bytes; at most 1048576 are kept")
            #expect(try await error("broken").hasPrefix("the result is no JSON: "))
            let text = try await error("talkative")
            #expect(text.utf8.count <= 16 << 10 && text.utf8.count > 16_000)
            #expect(text.hasPrefix("äéé") && text.hasSuffix("é…"))
        }
    }

    // MARK: Cancelling and retrying

    @Test(arguments: Backend.allCases) func aWaitingJobIsCancelledAtOnce(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start { $0.handle(Work.self) { _, _ in } }
            let later = try await queueflow.client.submit(Work(), options: JobOptions(due: .after(.seconds(600))))
            #expect(try await later.cancel().state == .cancelled)
            let job = try await later.cancel()
            #expect((job.state, job.attempt, job.error) == (.cancelled, 0, nil) && job.finishedAt != nil)
            #expect(try await queueflow.client.attempts(of: later.id) == [])
            let done = try await queueflow.client.submit(Work())
            _ = try await queueflow.reach(.completed, done.id)
            let error = try await #require(throws: QueueFlowError.self) { try await done.cancel() }
            #expect((error.kind, error.problem, error.status) == (.conflict, "state-conflict", 409))
            #expect(error.detail == "The job is completed and cannot be cancelled.")
        }
    }

    @Test(arguments: Backend.allCases) func aRunningJobIsToldToStop(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            let reasons = Ledger()
            try await queueflow.start {
                $0.handle(Work.self) { _, job in
                    do {
                        try await Task.sleep(for: .seconds(600))
                    } catch {
                        reasons.write("\(job.cancellation?.rawValue ?? "none")")
                        throw error
                    }
                }
            }
            let work = try await queueflow.client.submit(Work())
            let running = try await queueflow.reach(.running, work.id)
            #expect((running.attempt, running.run) == (1, 1) && running.startedAt != nil)
            #expect(summary(try await queueflow.client.attempts(of: work.id)) == ["1 1 running"])
            let told = try await work.cancel()
            #expect(told.state == .running ? told.cancelRequestedAt != nil : told.state == .cancelled)
            let job = try await queueflow.reach(.cancelled, work.id)
            #expect((job.attempt, job.run, job.error) == (1, 1, nil) && job.cancelRequestedAt == nil)
            #expect(reasons.all == ["cancelled"])
            #expect(summary(try await queueflow.client.attempts(of: work.id)) == ["1 1 cancelled"])
            let error = try await #require(throws: JobOutcomeError.self) { try await work.output(within: .seconds(5)) }
            #expect(error.kind == .cancelled)
        }
    }

    @Test(arguments: Backend.allCases) func whoSucceedsAllTheSameHasSucceeded(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start {
                $0.handle(Add.self) { add, _ in
                    try? await Task.sleep(for: .seconds(600))
                    return add.a + add.b
                }
            }
            let sum = try await queueflow.client.submit(Add(a: 1, b: 1))
            _ = try await queueflow.reach(.running, sum.id)
            try await sum.cancel()
            #expect(try await queueflow.reach(.completed, sum.id).result == Data("2".utf8))
        }
    }

    @Test(arguments: Backend.allCases) func aDeadJobGoesRoundAgain(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start {
                $0.handle(Work.self) { _, job in
                    if job.run < 3 { throw Broken(description: "broken \(job.run)") }
                }
            }
            let work = try await queueflow.client.submit(Work(), options: JobOptions(maxAttempts: 2))
            _ = try await queueflow.reach(.dead, work.id)
            let again = try await work.retry()
            #expect(again.state != .dead && again.reason == nil && again.error == "broken 2")
            let job = try await queueflow.reach(.completed, work.id)
            #expect((job.attempt, job.run) == (1, 3))
            #expect(
                summary(try await queueflow.client.attempts(of: work.id))
                    == ["3 1 completed", "2 2 failed error broken 2", "1 1 failed error broken 1"]
            )
            let error = try await #require(throws: QueueFlowError.self) { try await work.retry() }
            #expect((error.kind, error.problem) == (.conflict, "state-conflict"))
            #expect(error.detail == "The job is completed and cannot be retried.")
        }
    }
}
