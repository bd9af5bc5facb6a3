import Concurrency
import Foundation
import GRPC
import JobCore
import Kafka
import Logging
import ServiceLifecycle
import SwiftProtobuf
import Synchronization
import Testing

@testable import QueueFlowWorker

/// A whole worker and a job-service that says what the test tells it, over a real connection. Kafka is away all the time: a worker
/// works without it.
@Suite(.timeLimit(.minutes(2))) struct WorkerSessionTests {
    /// What the handlers of a test's worker do.
    private final class Handlers: Sendable {
        /// The jobs whose handlers hold on.
        let started: AsyncStream<RunKey>
        private let start: AsyncStream<RunKey>.Continuation
        /// Lets the handlers go on that hold on.
        let release = Signal()
        let cancelled = Atomic(0)

        init() { (started, start) = AsyncStream.makeStream() }

        func register(with worker: inout Worker) {
            worker.handle("echo") { .json($0.payload) }
            worker.handle("hold") { [self] job in
                start.yield(job.granted.key)
                await release.wait()
                if Task.isCancelled { cancelled.add(1, ordering: .relaxed) }
                try Task.checkCancellation()
                return .none
            }
        }

        /// Waits until so many handlers hold on.
        func next(_ count: Int = 1) async -> Set<RunKey> {
            var keys: Set<RunKey> = []
            guard count > 0 else { return keys }
            for await key in started {
                keys.insert(key)
                if keys.count == count { break }
            }
            return keys
        }
    }

    private struct Fixture {
        let service: FakeJobService
        let handlers: Handlers
        let group: ServiceGroup
        let health: WorkerHealth

        func session() async throws -> FakeSession {
            for await session in service.sessions { return session }
            throw CancellationError()
        }
    }

    private static let hold = Backlog.sample(type: "hold")

    private func runs(_ count: Int) -> [RunKey] { (0..<count).map { _ in RunKey(job: .make(), run: 3) } }

    private func withWorker(
        slots: Int = 2,
        drainTimeout: Duration = .seconds(30),
        grace: Duration = .seconds(10),
        registering: (inout Worker) -> Void = { _ in },
        _ body: (Fixture) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = FakeJobService()
        let server = try GRPCServer(
            configuration: GRPCServerConfiguration(host: "127.0.0.1", port: 0),
            services: [service],
            logger: logger
        )
        let serving = Task { try await server.run() }
        defer { serving.cancel() }
        let health = WorkerHealth()
        var worker = Worker(
            configuration: WorkerConfiguration(
                name: "w",
                controlAddresses: ["\(try await server.listeningAddress)"],
                token: "secret-token",
                kafkaBrokers: "127.0.0.1:1",
                concurrency: slots,
                queues: ["q", "other"],
                drainTimeout: drainTimeout,
                cancellationGrace: grace
            ),
            logger: logger,
            health: health
        )
        let handlers = Handlers()
        handlers.register(with: &worker)
        registering(&worker)
        let group = ServiceGroup(services: [worker], logger: logger)
        let working = Task { try await group.run() }
        defer { working.cancel() }
        try await body(Fixture(service: service, handlers: handlers, group: group, health: health))
        working.cancel()
        _ = await working.result
    }

    /// Opens a session and grants runs whose handlers hold on.
    private func hold(_ count: Int, _ fixture: Fixture, lease: Duration = .seconds(10)) async throws -> (
        session: FakeSession, runs: [RunKey]
    ) {
        let session = try await fixture.session()
        try await session.welcome(hints: [BacklogHint(Self.hold, since: 5)], lease: lease)
        let runs = runs(count)
        try await session.answer(try await session.exchange(), runs, of: Self.hold)
        return (session, runs)
    }

    // MARK: Children

    private struct Child: Job {
        static let type = "child"
        static let defaults = JobOptions(queue: "children")
        var number: Int
    }

    /// Through a session that breaks, one that is busy, and in as many messages as they need.
    @Test func whatAHandlerSubmitsGoesThroughWhateverHappens() async throws {
        let results = AsyncStream.makeStream(of: Result<[String], any Error>.self)
        try await withWorker(registering: { worker in
            worker.handle("parent") { job in
                let result: Result<[String], any Error>
                do {
                    result = .success(try await job.submit(contentsOf: (0..<1_500).map(Child.init)))
                } catch {
                    result = .failure(error)
                }
                results.continuation.yield(result)
                return .none
            }
        }) { fixture in
            let parents = Backlog.sample(type: "parent")
            let session = try await fixture.session()
            try await session.welcome(hints: [BacklogHint(parents, since: 5)])
            let run = runs(1)
            try await session.answer(try await session.exchange(), run, of: parents)
            let first = try await session.submit()
            #expect(first.parent == ControlRun(run[0]) && first.jobs.count == 1_000)
            #expect(first.jobs[0].key == "run 3/1" && first.jobs[999].key == "run 3/1000")
            #expect(first.jobs[0].document == Data(#"{"queue":"children","type":"child","payload":{"number":0}}"#.utf8))
            session.sever()
            let next = try await fixture.session()
            try await next.welcome(leaseKept: true)
            let again = try await next.submit()
            #expect(again.jobs == first.jobs)
            try await next.send {
                $0.submitted.sequence = again.sequence
                $0.submitted.isBusy = true
            }
            var ids: [String] = []
            for _ in 0..<2 {
                let submit = try await next.submit()
                let made = submit.jobs.map { _ in JobID.make() }
                ids += made.map(\.description)
                try await next.send {
                    $0.submitted.sequence = submit.sequence
                    $0.submitted.jobs = made.map { id in .with { $0.id = id.bytes } }
                }
            }
            var ended = results.stream.makeAsyncIterator()
            #expect(try await ended.next()?.get() == ids)
        }
    }

    // MARK: Hello, and jobs

    @Test func helloSaysWhoTheWorkerIsAndWhatItRuns() async throws {
        try await withWorker { fixture in
            let session = try await fixture.session()
            let hello = session.hello
            #expect(hello.secret.count == 32)
            #expect(hello.name == "w" && hello.slots == 2)
            #expect(hello.queues == ["q", "other"] && hello.types == ["echo", "hold"] && hello.runs.isEmpty)
            #expect(session.metadata["authorization"] == "Bearer secret-token")
            #expect(fixture.health.problem != nil)
            try await session.welcome()
            while fixture.health.problem != nil { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    /// A handler may say any limit; one that its worker never comes to is none.
    @Test func helloSaysWhichTypesHaveALimit() async throws {
        try await withWorker(registering: { worker in
            worker.handle("one", concurrency: 1) { _ in .none }
            worker.handle("all", concurrency: 2) { _ in .none }
            worker.handle("any", concurrency: .max) { _ in .none }
        }) { fixture in
            let hello = try await fixture.session().hello
            #expect(hello.typeLimits == ["one": 1])
        }
    }

    @Test(arguments: [true, false]) func aBacklogIsPulledRunAndAcknowledged(isStanding: Bool) async throws {
        try await withWorker { fixture in
            let session = try await fixture.session()
            let hint = BacklogHint(.sample(), since: 5)
            // What it has no handler for, or does not serve, it does not pull.
            let others = [BacklogHint(.sample(type: "other"), since: 5), BacklogHint(.sample("elsewhere"), since: 5)]
            try await session.welcome(hints: isStanding ? others + [hint] : [])
            if !isStanding { try await session.send { $0.hints.hints = (others + [hint]).map(ControlHint.init) } }
            let pull = try await session.exchange()
            #expect(pull.pulls.map(\.backlog) == [ControlBacklog(.sample())])
            #expect(pull.pulls.first?.limit == 2 && pull.pulls.first?.since == 5 && pull.free == 0)
            let runs = runs(2)
            try await session.answer(pull, runs, batch: 77)
            let outcomes = try await session.outcomes(2)
            #expect(Set(outcomes.map(\.jobID)) == Set(runs.map(\.job.bytes)))
            #expect(outcomes.allSatisfy { $0.run == 3 && $0.success.result == Data("{\"n\":1}".utf8) })
            // Once they are on record, the batch is closed.
            let closing = try await session.exchange()
            #expect(closing.closedBatches == [77] && closing.outcomes.isEmpty && closing.pulls.isEmpty)
            #expect(closing.free == 2)
        }
    }

    /// While the answer to an exchange is long in coming there is one more, and no third.
    @Test func slowAnswersHoldUpNoMoreThanTheyMust() async throws {
        try await withWorker(slots: 3) { fixture in
            let (session, _) = try await hold(2, fixture)
            _ = await fixture.handlers.next(2)
            try await session.send { $0.hints.hints = [ControlHint(BacklogHint(.sample(), since: 1))] }
            let slow = try await session.exchange()
            #expect(slow.pulls.count == 1)
            fixture.handlers.release.raise()
            let second = try await session.exchange()
            #expect(second.sequence > slow.sequence && !second.outcomes.isEmpty)
            // Whatever ends now waits for an answer; heartbeats do not.
            let beats = session.beats.load(ordering: .relaxed)
            while session.beats.load(ordering: .relaxed) < beats + 5 { try await Task.sleep(for: .milliseconds(1)) }
            // In the other order.
            try await session.answer(second)
            try await session.answer(slow, runs(1))
            #expect(try await session.outcomes(3 - second.outcomes.count).count >= 1)
        }
    }

    // MARK: Broken sessions and lost leases

    @Test func whatABrokenSessionLeavesOpenIsNamedReportedAndAskedForAgain() async throws {
        try await withWorker(slots: 3) { fixture in
            let (session, held) = try await hold(1, fixture)
            _ = await fixture.handlers.next()
            // An outcome that is not acknowledged, and a pull that has no answer.
            try await session.send { $0.hints.hints = [ControlHint(BacklogHint(.sample(), since: 9))] }
            let run = runs(1)
            try await session.answer(try await session.exchange(), run, batch: 2)
            let report = try await session.exchange()
            #expect(report.outcomes.map(\.jobID) == run.map(\.job.bytes))
            try await session.send { $0.hints.hints = [ControlHint(BacklogHint(.sample("other"), since: 11))] }
            let pull = try await session.exchange()
            #expect(pull.pulls.map(\.since) == [11])
            session.sever()

            let again = try await fixture.session()
            #expect(again.hello.secret == session.hello.secret)
            #expect(Set(again.hello.runs.compactMap(RunKey.init)) == Set(held + run))
            try await again.welcome(leaseKept: true)
            let repeated = try await again.exchange()
            #expect(repeated.outcomes.map(\.jobID) == run.map(\.job.bytes))
            #expect(repeated.pulls.map(\.since) == [11])
            try await again.answer(repeated)
            // The handler has gone on all the while.
            fixture.handlers.release.raise()
            let outcome = try await again.outcomes(1)
            #expect(outcome.map(\.jobID) == held.map(\.job.bytes) && outcome.first?.kind == .success(ControlSuccess()))
            #expect(fixture.handlers.cancelled.load(ordering: .relaxed) == 0)
        }
    }

    @Test func aLeaseThatIsOverStopsTheHandlersAtOnce() async throws {
        try await withWorker(slots: 1) { fixture in
            let (session, runs) = try await hold(2, fixture)
            let running = await fixture.handlers.next()
            session.heartbeats.withLock { $0 = .refused }
            let again = try await fixture.session()
            // Before anybody has answered its hello.
            while fixture.handlers.cancelled.load(ordering: .relaxed) < 1 {
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(Set(again.hello.runs.compactMap(RunKey.init)) == Set(runs))
            try await again.welcome(leaseKept: false)
            let outcomes = try await again.outcomes(2)
            #expect(Set(outcomes.map(\.jobID)) == Set(runs.map(\.job.bytes)) && running.isSubset(of: runs))
            #expect(outcomes.allSatisfy { $0.kind == .release(ControlRelease()) })
        }
    }

    @Test func aWorkerWithoutAnswersStopsItsHandlersInTimeAndOpensAnotherSession() async throws {
        try await withWorker { fixture in
            let (session, runs) = try await hold(1, fixture, lease: .milliseconds(1_500))
            _ = await fixture.handlers.next()
            session.heartbeats.withLock { $0 = .unanswered }
            let start = ContinuousClock.now
            while fixture.handlers.cancelled.load(ordering: .relaxed) < 1 {
                try await Task.sleep(for: .milliseconds(1))
            }
            // Half a second, as the last one is given up for safety; the machine may be busy.
            #expect(start.duration(to: .now) < .milliseconds(1_400))
            let again = try await fixture.session()
            // It may have told the old session, but was not answered.
            #expect(again.hello.runs.compactMap(RunKey.init) == runs)
            try await again.welcome(leaseKept: true)
            #expect(try await again.outcomes(1).first?.kind == .release(ControlRelease()))
            // It works again.
            try await again.send { $0.hints.hints = [ControlHint(BacklogHint(.sample(), since: 1))] }
            while try await again.exchange().pulls.isEmpty {}
        }
    }

    /// The lease was given up in time, but the database still has it: what was given up is reported, and more is asked for.
    @Test func aLateRenewalLetsTheWorkerGoOn() async throws {
        try await withWorker(slots: 1) { fixture in
            let (session, runs) = try await hold(2, fixture, lease: .seconds(2))
            _ = await fixture.handlers.next()
            session.heartbeats.withLock { $0 = .unanswered }
            let outcomes = try await session.outcomes(2)
            #expect(Set(outcomes.map(\.jobID)) == Set(runs.map(\.job.bytes)))
            #expect(outcomes.allSatisfy { $0.kind == .release(ControlRelease()) })
            session.heartbeats.withLock { $0 = .renewed }
            var pulls: [ControlPull] = []
            while pulls.isEmpty { pulls = try await session.exchange().pulls }
            #expect(pulls.map(\.since) == [7])
        }
    }

    // MARK: Handlers that do not stop

    /// Its run is reported when the grace is over, its slot is taken until it ends, and the lease goes on.
    @Test func aHandlerThatIgnoresItsTimeLimitCostsItsSlotAlone() async throws {
        let blockade = Blockade()
        defer { blockade.open() }
        try await withWorker(slots: 1, grace: .milliseconds(50)) { worker in
            worker.handle("hold", timeout: .milliseconds(50), on: .blocking) { _ in
                blockade.block()
                return .none
            }
        } _: { fixture in
            let (session, runs) = try await hold(1, fixture)
            let outcome = try #require(try await session.outcomes(1).first)
            #expect(outcome.jobID == runs[0].job.bytes && outcome.failure.kind == "timeout")
            #expect(blockade.inside == 1)
            try await session.send { $0.hints.hints = [ControlHint(BacklogHint(.sample(), since: 1))] }
            #expect(fixture.health.problem?.contains("session") != true)
            blockade.open()
            var pulls: [ControlPull] = []
            while pulls.isEmpty { pulls = try await session.exchange().pulls }
            #expect(pulls.first?.limit == 1)
        }
    }

    // MARK: News

    @Test func aPauseGivesBackWhatHasNotStarted() async throws {
        try await withWorker(slots: 1) { fixture in
            let (session, runs) = try await hold(2, fixture)
            let running = await fixture.handlers.next()
            try await session.send {
                $0.pauses.queues = [
                    .with {
                        $0.tenant = Self.hold.tenant.rawValue
                        $0.queue = Self.hold.queue.rawValue
                    }
                ]
            }
            let released = try await session.outcomes(1)
            #expect(released.map(\.jobID) == runs.filter { !running.contains($0) }.map(\.job.bytes))
            #expect(released.first?.kind == .release(ControlRelease()))
            fixture.handlers.release.raise()
            let outcome = try await session.outcomes(1)
            #expect(
                outcome.map(\.jobID) == running.map(\.job.bytes) && outcome.first?.kind == .success(ControlSuccess())
            )
        }
    }

    @Test func aCancellationStopsTheHandlerAndWhatWaits() async throws {
        try await withWorker(slots: 1) { fixture in
            let (session, runs) = try await hold(2, fixture)
            _ = await fixture.handlers.next()
            // Runs that it does not have are passed over.
            try await session.send { $0.cancellations.runs = (self.runs(2) + runs).map(ControlRun.init) }
            let outcomes = try await session.outcomes(2)
            #expect(Set(outcomes.map(\.jobID)) == Set(runs.map(\.job.bytes)))
            #expect(outcomes.allSatisfy { $0.kind == .cancelled(ControlCancelled()) })
            #expect(fixture.handlers.cancelled.load(ordering: .relaxed) == 1)
        }
    }

    // MARK: Drain

    @Test(arguments: [false, true]) func aDrainLetsHandlersEndGivesTheRestBackAndSaysGoodbye(byWord: Bool) async throws
    {
        try await withWorker(slots: 1) { fixture in
            let (session, runs) = try await hold(2, fixture)
            let running = await fixture.handlers.next()
            if byWord {
                // It is said again with each heartbeat.
                for _ in 0..<2 { try await session.send { $0.drain = ControlDrain() } }
            } else {
                await fixture.group.triggerGracefulShutdown()
            }
            let released = try await session.outcomes(1)
            #expect(released.map(\.jobID) == runs.filter { !running.contains($0) }.map(\.job.bytes))
            #expect(released.first?.kind == .release(ControlRelease()))
            // What comes now is for others.
            try await session.send { $0.hints.hints = [ControlHint(BacklogHint(.sample(), since: 1))] }
            fixture.handlers.release.raise()
            let outcomes = try await session.goodbye()
            #expect(outcomes.map(\.jobID) == running.map(\.job.bytes))
            #expect(outcomes.first?.kind == .success(ControlSuccess()))
        }
    }

    @Test func aDrainWhoseTimeIsUpGivesTheRunsBack() async throws {
        try await withWorker(drainTimeout: .milliseconds(50)) { fixture in
            let (session, runs) = try await hold(2, fixture)
            _ = await fixture.handlers.next(2)
            await fixture.group.triggerGracefulShutdown()
            let outcomes = try await session.goodbye()
            #expect(Set(outcomes.map(\.jobID)) == Set(runs.map(\.job.bytes)))
            #expect(outcomes.allSatisfy { $0.kind == .release(ControlRelease()) })
            #expect(fixture.handlers.cancelled.load(ordering: .relaxed) == 2)
        }
    }
}
