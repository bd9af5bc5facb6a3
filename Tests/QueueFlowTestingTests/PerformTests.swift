import Foundation
import QueueFlowTesting
import Testing

/// What handlers come to without an installation, by the parts that a worker at work uses.
@Suite(.timeLimit(.minutes(1))) struct PerformTests {
    struct Receipt: Codable, Hashable {
        var id: Int
        var at: Date
    }

    struct SendEmail: Job {
        typealias Output = Receipt

        static let type = "email.send"
        static let defaults = JobOptions(
            maxAttempts: 3,
            backoff: .exponential(base: .seconds(2)),
            timeout: .seconds(30)
        )
        static let earlier: [EarlierVersion<SendEmail>] = [
            .init(SendEmailV1.self) { SendEmail(to: [$0.address]) }
        ]

        var to: [String]
    }

    struct SendEmailV1: Job {
        static let type = "email"
        var address: String
    }

    struct Ping: Job {
        static let type = "ping"
    }

    struct Broken: Error, CustomStringConvertible {
        var description: String { "broken" }
    }

    private static let sentAt = Date(timeIntervalSince1970: 1_800_000_000)

    private func worker(
        _ body: @escaping @Sendable (SendEmail, RunningJob) async throws -> Receipt = { email, _ in
            Receipt(id: email.to.count, at: sentAt)
        }
    ) -> Worker {
        var worker = Worker.forTesting()
        worker.handle(SendEmail.self, body)
        return worker
    }

    private let email = SendEmail(to: ["ada@example.com", "grace@example.com"])

    @Test func aResultComesThroughJSONAsItWas() async throws {
        #expect(try await worker().perform(email) == .completed(Receipt(id: 2, at: Self.sentAt)))
    }

    @Test func oneAttemptGoesOnWhereAnotherOneLeftOff() async throws {
        let worker = worker { email, job in
            let first = try job.checkpoint(as: Int.self) ?? 0
            for index in first..<email.to.count {
                job.log("sending to \(email.to[index])")
                try await job.saveCheckpoint(index + 1)
                job.progress(Double(index + 1) / Double(email.to.count), "\(index + 1) sent")
                if job.attempt == 1 { throw Broken() }
            }
            return Receipt(id: email.to.count - first, at: Self.sentAt)
        }
        let notes = TestNotes()
        let first = TestAttempt { $0.notes = notes }
        #expect(try await worker.perform(email, first) == .retried(error: "broken", after: .seconds(2)))
        #expect(try notes.checkpoint(as: Int.self) == 1)
        #expect(notes.progress?.fraction == 0.5 && notes.progress?.message == "1 sent")
        let second = TestAttempt {
            $0.notes = notes
            $0.attempt = 2
        }
        #expect(try await worker.perform(email, second) == .completed(Receipt(id: 1, at: Self.sentAt)))
        #expect(notes.lines == ["sending to ada@example.com", "sending to grace@example.com"])
        #expect(try notes.checkpoint(as: Int.self) == nil, "it is of no more use")
    }

    @Test func whatIsSubmittedIsTold() async throws {
        var worker = Worker.forTesting()
        worker.handle("parent") { job in
            let first = try await job.submit(Ping(), key: "once")
            #expect(try await job.submit(Ping(), key: "once") == first)
            #expect(try await job.submit(contentsOf: [Ping(), Ping()]).count == 2)
            return .none
        }
        let notes = TestNotes()
        #expect(try await worker.perform("parent", TestAttempt { $0.notes = notes }) == .completed(nil))
        #expect(notes.submitted.map(\.type) == ["ping", "ping", "ping"])
    }

    @Test func aCheckpointThatIsTooLargeIsNotKept() async throws {
        var worker = Worker.forTesting()
        worker.handle("large") { job in
            try await job.saveCheckpoint(String(repeating: "x", count: 65_536))
            return .none
        }
        let outcome = try await worker.perform("large")
        #expect(
            outcome == .retried(error: "the checkpoint has 65538 bytes; at most 65536 are kept", after: .seconds(2))
        )
    }

    @Test func whatIsToldOfTheJobIsWhatItsSubmitterSaid() async throws {
        var worker = Worker.forTesting()
        worker.handle("told") { job in try .encoding(["\(job.createdAt == Self.sentAt)"] + job.tags) }
        let attempt = TestAttempt {
            $0.tags = ["nightly run"]
            $0.createdAt = Self.sentAt
        }
        #expect(
            try await worker.perform("told", attempt) == .completed(Data(#"["true","nightly run"]"#.utf8))
        )
    }

    @Test func aJobWithoutAResultCompletesToo() async throws {
        var worker = Worker.forTesting()
        worker.handle(Ping.self) { _, _ in }
        #expect(try await worker.perform(Ping()) == .completed(NoOutput()))
        #expect(try await worker.perform("ping", payload: Data("{}".utf8)) == .completed(nil))
    }

    @Test func anEarlierVersionIsServedUnderItsOwnName() async throws {
        let worker = worker()
        #expect(worker.types == ["email", "email.send"])
        let outcome = try await worker.perform("email", payload: Data(#"{"address": "ada@example.com"}"#.utf8))
        guard case .completed(let json?) = outcome else { throw Broken() }
        #expect(try JobCoding.decode(Receipt.self, from: json).id == 1)
    }

    @Test func aPayloadThatCannotBeReadIsDiscarded() async throws {
        let outcome = try await worker().perform("email.send", payload: Data(#"{"to": "ada"}"#.utf8))
        guard case .discarded(let reason) = outcome else { throw Broken() }
        #expect(reason.contains("email.send") && reason.contains("to"))
    }

    @Test func aFailureIsRetriedUntilTheLastAttempt() async throws {
        let worker = worker { _, _ in throw Broken() }
        #expect(try await worker.perform(email) == .retried(error: "broken", after: .seconds(2)))
        let second = TestAttempt { $0.attempt = 2 }
        #expect(try await worker.perform(email, second) == .retried(error: "broken", after: .seconds(4)))
        let last = TestAttempt { $0.attempt = 3 }
        #expect(try await worker.perform(email, last) == .failed(error: "broken"))
    }

    @Test func whatAHandlerSaysOfTheJobIsTheOutcome() async throws {
        let failures: [(JobFailure, JobOutcome<Receipt>)] = [
            (.discard("no use"), .discarded(reason: "no use")),
            (.retry(after: .seconds(7), "busy"), .retried(error: "busy", after: .seconds(7))),
            (.snooze(for: .seconds(9)), .snoozed(for: .seconds(9))),
        ]
        for (failure, outcome) in failures {
            #expect(try await worker { _, _ in throw failure }.perform(email) == outcome)
        }
    }

    @Test(arguments: [
        (CancellationReason.timeout, nil), (.cancelled, JobOutcome<Receipt>.cancelled), (.leaseLost, .released),
        (.draining, .released),
    ])
    func aRunThatIsToldToStopLearnsWhy(_ reason: CancellationReason, _ expected: JobOutcome<Receipt>?) async throws {
        let (reasons, seen) = AsyncStream<CancellationReason?>.makeStream()
        let worker = worker { _, job in
            #expect(job.cancellation == nil)
            try? await Task.sleep(for: .seconds(3_600))
            seen.yield(job.cancellation)
            throw CancellationError()
        }
        let outcome = try await worker.perform(email, TestAttempt { $0.stop = (.milliseconds(20), reason) })
        #expect(await reasons.first { _ in true } == .some(reason))
        if let expected {
            #expect(outcome == expected)
        } else {
            guard case .retried(let error, _) = outcome else { throw Broken() }
            #expect(error.contains("took longer"))
        }
    }

    @Test func theKindsTimeLimitHolds() async throws {
        let worker = worker { _, job in
            let left = try #require(job.deadline) - .now
            return Receipt(id: Int(left.components.seconds), at: Self.sentAt)
        }
        guard case .completed(let receipt) = try await worker.perform(email) else { throw Broken() }
        #expect((28...30).contains(receipt.id))
    }

    @Test func theJobSaysWhatItIs() async throws {
        let worker = worker { _, job in
            #expect((job.tenant, job.queue, job.priority) == ("acme", "mail", .high))
            #expect((job.run, job.attempt, job.maxAttempts, job.type) == (4, 2, 3, "email.send"))
            #expect(job.queuedAt == Self.sentAt && UUID(uuidString: job.id) != nil)
            return Receipt(id: 0, at: Self.sentAt)
        }
        let attempt = TestAttempt {
            ($0.tenant, $0.queue, $0.priority) = ("acme", "mail", .high)
            ($0.run, $0.attempt, $0.queuedAt) = (4, 2, Self.sentAt)
        }
        #expect(try await worker.perform(email, attempt) == .completed(Receipt(id: 0, at: Self.sentAt)))
    }

    @Test func aTypeWithoutAHandlerIsNamed() async throws {
        await #expect {
            try await Worker.forTesting().perform(Ping())
        } throws: { "\($0)" == "the worker has no handler for 'ping'; it has none" }
    }

    // MARK: Middleware

    private struct Noting: JobMiddleware {
        let name: String
        let notes: AsyncStream<String>.Continuation

        func run(_ job: RunningJob, next: any JobHandler) async throws -> JobResult {
            notes.yield("\(name) in")
            defer { notes.yield("\(name) out") }
            return try await next.run(job)
        }
    }

    @Test func theFirstMiddlewareIsOutermost() async throws {
        let (notes, continuation) = AsyncStream<String>.makeStream()
        var worker = worker()
        worker.use(Noting(name: "a", notes: continuation))
        worker.use(Noting(name: "b", notes: continuation))
        _ = try await worker.perform(email)
        continuation.finish()
        #expect(await notes.reduce(into: []) { $0.append($1) } == ["a in", "b in", "b out", "a out"])
    }

    /// What a middleware makes of the payload is what the handler is given, whenever it was registered.
    @Test func aMiddlewareMayUnpackThePayloadAndPackTheResult() async throws {
        struct Reversed: JobMiddleware {
            func run(_ job: RunningJob, next: any JobHandler) async throws -> JobResult {
                try await next.run(job.with(payload: Data(job.payload.reversed())))
            }
        }
        var worker = Worker.forTesting()
        worker.use(Reversed())
        worker.handle(SendEmail.self) { email, _ in Receipt(id: email.to.count, at: Self.sentAt) }
        let payload = Data(try email.encodedPayload().reversed())
        guard case .completed(let json?) = try await worker.perform("email.send", payload: payload) else {
            throw Broken()
        }
        #expect(try JobCoding.decode(Receipt.self, from: json).id == 2)
    }

    @Test func errorsAreMappedInOnePlace() async throws {
        var worker = worker { _, _ in throw Broken() }
        worker.use(LogRuns())
        worker.use(MapErrors { error, job in error is Broken ? JobFailure.discard("\(job.type) is \(error)") : error })
        #expect(try await worker.perform(email) == .discarded(reason: "email.send is broken"))
    }
}
