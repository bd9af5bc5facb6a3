import Foundation
import QueueFlowClient
import QueueFlowTesting
import Synchronization
import Testing

/// What is particular to the one in memory: its time, and what runs when. That jobs behave as they do in an installation, the conformance
/// tests of `EndToEndTests` say.
@Suite(.timeLimit(.minutes(1))) struct InMemoryQueueFlowTests {
    struct Greet: Job {
        typealias Output = String

        static let type = "greet"
        static let defaults = JobOptions(maxAttempts: 3, backoff: .exponential(base: .seconds(2)))
        var name = "Ada"
    }

    struct Note: Job {
        static let type = "note"
        var text: String
    }

    struct Broken: Error, CustomStringConvertible {
        let description = "broken"
    }

    final class Ledger: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func write(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private let start = Date(timeIntervalSince1970: 1_900_000_000)

    @Test func aJobIsSubmittedRunAndHeardOf() async throws {
        let queueflow = InMemoryQueueFlow(startingAt: start)
        try await queueflow.start { $0.handle(Greet.self) { greet, _ in "Hello, \(greet.name)" } }
        let greeting = try await queueflow.client.submit(Greet(), options: JobOptions(queue: "mail"))
        #expect(try await greeting.job().state == .queued)
        let runs = await queueflow.drain()
        #expect(runs.map(\.id) == [greeting.id] && runs.map(\.type) == ["greet"] && runs.map(\.queue) == ["mail"])
        #expect(runs.map(\.outcome) == [.completed(Data(#""Hello, Ada""#.utf8))])
        #expect(try await greeting.output() == "Hello, Ada")
        #expect(await queueflow.drain().isEmpty)
        #expect(try await queueflow.jobs(JobFilter(state: .completed)).map(\.id) == [greeting.id])
        #expect(try await greeting.job().finishedAt == start)
    }

    @Test func timePassesOnlyWhenItIsToldTo() async throws {
        let queueflow = InMemoryQueueFlow(startingAt: start)
        try await queueflow.start { $0.handle(Greet.self) { _, _ in throw Broken() } }
        let greeting = try await queueflow.client.submit(Greet(), options: JobOptions(due: .after(.seconds(3_600))))
        #expect(await queueflow.drain().isEmpty)
        await queueflow.advance(by: .seconds(3_599))
        #expect(await queueflow.drain().isEmpty)
        await queueflow.advance(by: .seconds(1))
        #expect(try await greeting.job().state == .queued)
        #expect(await queueflow.drain().map(\.outcome) == [.retried(error: "broken", after: .seconds(2))])
        #expect(await queueflow.drain(within: .milliseconds(1_999)).isEmpty)
        #expect(
            await queueflow.drain(within: .milliseconds(1)).map(\.outcome) == [
                .retried(error: "broken", after: .seconds(4))
            ]
        )
        #expect(await queueflow.drain(within: .seconds(60)).map(\.outcome) == [.failed(error: "broken")])
        #expect(await queueflow.now == start.addingTimeInterval(3_662))
        let times = try await queueflow.client.attempts(of: greeting.id).map { $0.startedAt.timeIntervalSince(start) }
        #expect(times == [3_606, 3_602, 3_600])
    }

    /// The same story, told twice.
    @Test func theSameTestSeesTheSame() async throws {
        func story() async throws -> [String] {
            let queueflow = InMemoryQueueFlow(startingAt: start)
            try await queueflow.start { worker in
                worker.handle(Note.self) { _, job in if job.attempt == 1 { throw Broken() } }
            }
            for number in 0..<40 {
                let options = JobOptions(
                    queue: "q\(number % 3)",
                    priority: JobPriority.allCases[number % 4],
                    due: .after(.seconds(number % 5)),
                    backoff: .fixed(.seconds(number % 7))
                )
                try await queueflow.client.submit(Note(text: "\(number)"), options: options)
            }
            var told: [String] = []
            for run in await queueflow.drain(within: .seconds(60)) {
                told.append("\(try await queueflow.client.job(run.id).payload(as: Note.self).text) \(run.attempt)")
            }
            return told
        }
        let first = try await story()
        #expect(first.count == 80)
        #expect(try await story() == first)
    }

    @Test func whatIsDueAtOnceNeedsNoTime() async throws {
        let queueflow = InMemoryQueueFlow(startingAt: start)
        try await queueflow.start { worker in
            worker.handle(Note.self) { _, job in
                if job.run == 1 { throw JobFailure.snooze(for: .zero) }
                if job.run == 2 { throw JobFailure.retry(after: .zero, "again") }
            }
        }
        try await queueflow.client.submit(Note(text: ""))
        #expect(
            await queueflow.drain().map(\.outcome)
                == [.snoozed(for: .zero), .retried(error: "again", after: .zero), .completed(nil)]
        )
        #expect(await queueflow.now == start)
    }

    @Test func oneQueueAloneIsDrained() async throws {
        let queueflow = InMemoryQueueFlow()
        try await queueflow.start { $0.handle(Note.self) { _, _ in } }
        for queue in ["a", "b"] {
            try await queueflow.client.submit(Note(text: queue), options: JobOptions(queue: queue))
        }
        #expect(await queueflow.drain(queue: "b").map(\.queue) == ["b"])
        #expect(await queueflow.drain().map(\.queue) == ["a"])
    }

    @Test func aTimeLimitIsKeptByTheTimeOfTheTest() async throws {
        let queueflow = InMemoryQueueFlow()
        try await queueflow.start {
            $0.handle(Note.self) { _, job in
                try? await Task.sleep(for: .seconds(3_600))
                #expect(job.cancellation == .timeout)
            }
        }
        let note = try await queueflow.client.submit(Note(text: ""), options: JobOptions(timeout: .seconds(30)))
        async let runs = queueflow.drain()
        await queueflow.untilRunning(note.id)
        await queueflow.advance(by: .seconds(29))
        #expect(try await note.job().state == .running)
        await queueflow.advance(by: .seconds(1))
        guard case .retried(let error, _)? = await runs.first?.outcome else { throw Broken() }
        #expect(error == "the attempt took longer than 30.0 seconds")
    }

    /// Code that submits a job and waits for what it results in needs no test that runs jobs beside it.
    @Test func whoWaitsForAJobHasItRun() async throws {
        let queueflow = InMemoryQueueFlow(startingAt: start)
        try await queueflow.start { worker in
            worker.handle(Greet.self) { greet, job in
                if job.attempt == 1 { throw Broken() }
                return "Hello, \(greet.name)"
            }
        }
        #expect(try await queueflow.client.submit(Greet()).output() == "Hello, Ada")
        #expect(await queueflow.now == start.addingTimeInterval(2))
    }

    @Test func aHandlerMayWaitForAJobOfItsOwn() async throws {
        let queueflow = InMemoryQueueFlow()
        try await queueflow.start { worker in
            let client = queueflow.client
            worker.handle(Greet.self) { _, _ in "Hello" }
            worker.handle("outer") { _ in try .encoding(await client.submit(Greet()).output()) }
        }
        let outer = try await queueflow.client.submit(type: "outer", output: String.self)
        #expect(await queueflow.drain().map(\.type) == ["outer"])
        #expect(try await outer.output() == "Hello")
    }

    @Test func hooksAreRunAndAnEndGivesBackWhatRuns() async throws {
        let (queueflow, ledger) = (InMemoryQueueFlow(), Ledger())
        try await queueflow.start { worker in
            worker.onStart { ledger.write("start") }
            worker.onStop { ledger.write("stop") }
            worker.handle(Note.self) { _, job in
                do { try await Task.sleep(for: .seconds(3_600)) } catch {
                    ledger.write("\(job.cancellation?.rawValue ?? "")")
                    throw error
                }
            }
        }
        let note = try await queueflow.client.submit(Note(text: ""))
        async let runs = queueflow.drain()
        await queueflow.untilRunning(note.id)
        await queueflow.stop()
        #expect(await runs.map(\.outcome) == [.released])
        #expect(ledger.all == ["start", "draining", "stop"])
        let job = try await note.job()
        #expect((job.state, job.attempt, job.run, job.isUnhandled) == (.queued, 0, 1, true))
        await #expect(throws: Broken.self) { try await queueflow.start { $0.onStart { throw Broken() } } }
    }

    @Test func whatNobodyHandlesDiesAfterADay() async throws {
        let queueflow = InMemoryQueueFlow()
        try await queueflow.start { $0.handle(Note.self) { _, _ in } }
        let greeting = try await queueflow.client.submit(Greet())
        await queueflow.drain(within: .seconds(86_399))
        #expect(try await greeting.job().isUnhandled == true)
        await queueflow.drain(within: .seconds(1))
        let job = try await greeting.job()
        #expect(
            (job.state, job.reason, job.error) == (.dead, "unhandled", "no worker had a handler for jobs of this type")
        )
    }

    @Test func anIdempotencyKeyIsForgottenAfterADay() async throws {
        let queueflow = InMemoryQueueFlow()
        let first = try await queueflow.client.submit(Greet(), idempotencyKey: "k")
        await queueflow.advance(by: .seconds(86_399))
        #expect(try await queueflow.client.submit(Greet(), idempotencyKey: "k").id == first.id)
        await queueflow.advance(by: .seconds(1))
        #expect(try await queueflow.client.submit(Greet(), idempotencyKey: "k").id != first.id)
    }

    /// Ten thousand jobs are no matter of minutes.
    @Test func manyJobsAreQuick() async throws {
        let queueflow = InMemoryQueueFlow()
        try await queueflow.start { $0.handle(Note.self) { _, _ in } }
        try await queueflow.client.submit(contentsOf: (0..<5_000).map { Note(text: "\($0)") })
        try await queueflow.client.submit(
            contentsOf: (0..<5_000).map { Note(text: "\($0)") },
            options: JobOptions(due: .after(.seconds(60)))
        )
        let start = ContinuousClock.now
        #expect(await queueflow.drain(within: .seconds(60)).count == 10_000)
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
