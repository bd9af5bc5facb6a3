import Foundation
import Platform
import Postgres
import Synchronization
import Telemetry
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

/// The exchanges of many workers in one transaction.
@Suite(.timeLimit(.minutes(1))) struct ExchangePipelineTests {
    private func pipeline(_ fixture: ControlFixture, _ store: ExchangeStore? = nil) -> ExchangePipeline {
        ExchangePipeline(
            store: store ?? fixture.stores.exchanges,
            meters: JobMeters(registry: PrometheusRegistry()),
            logger: fixture.logger
        ) { _ in
        } changed: { _, _ in
        }
    }

    /// Carries exchanges out together: the first two lanes are held up until all of them wait.
    private func together(_ fixture: ControlFixture, _ exchanges: [WorkerExchange]) async throws -> [ExchangeResult] {
        let pipeline = pipeline(fixture)
        return try await fixture.pool.withConnection { holder in
            try await holder.execute("begin; lock table claim_batches in access exclusive mode")
            return try await withThrowingTaskGroup(of: (Int, ExchangeResult).self) { group in
                for lane in 1...2 {
                    var idle = WorkerExchange(session: WorkerSessionKey(worker: .make(), session: 1))
                    idle.closings = [1]
                    group.addTask { [idle] in (-1, try await pipeline.carryOut(idle)) }
                    try await fixture.waitUntilBlocked(lane)
                }
                for (place, exchange) in exchanges.enumerated() {
                    group.addTask { (place, try await pipeline.carryOut(exchange)) }
                }
                let size = exchanges.reduce(0) { $0 + $1.size }
                while pipeline.waitingBytes < size { await Task.yield() }
                try await holder.execute("commit")
                return try await group.filter { $0.0 >= 0 }.reduce(into: []) { $0.append($1) }
                    .sorted { $0.0 < $1.0 }.map(\.1)
            }
        }
    }

    /// Put past what the worker and the control plane check: the database has the last word.
    @Test func oneBadOutcomeFailsAloneAndItsNeighboursAreRecorded() async throws {
        try await ControlFixture.run { fixture in
            let (first, second) = (try await fixture.openSession(), try await fixture.openSession())
            let (mine, others) = (try await fixture.start(6, by: first), try await fixture.start(2, by: second))
            let large = Array("\"\(String(repeating: "x", count: RunResult.maxBytes - 2))\"".utf8)
            let kinds: [RunOutcome.Kind] = [
                .success(result: Array("oops".utf8)), .success(result: large),
                .failure(RunFailure(kind: "error", error: "a\0b", retryAfter: .seconds(60))), .success(result: nil),
                .success(result: [0xff, 0xfe]), .release(delay: nil),
            ]
            var bad = WorkerExchange(session: first)
            bad.outcomes = zip(mine, kinds).map { $0.outcome($1) }
            var good = WorkerExchange(session: second)
            good.outcomes = others.map { $0.outcome(.success(result: large)) }
            _ = try await together(fixture, [bad, good])

            for run in others { #expect(try await fixture.job(run.job).state == .completed) }
            #expect(try await fixture.job(mine[1].job).result == large)
            let states: [JobState] = [.retrying, .completed, .retrying, .completed, .retrying, .queued]
            for (run, state) in zip(mine, states) { #expect(try await fixture.job(run.job).state == state) }
            for index in [0, 2, 4] {
                let job = try await fixture.job(mine[index].job)
                #expect(job.error?.hasPrefix("the outcome cannot be kept: ") == true, "\(job.error ?? "nothing")")
            }
            let counts = try await fixture.stores.jobs.counts(of: nil)
            #expect(counts == JobCounts(submitted: 8, queued: 1, retrying: 3, completed: 4, failed: 3))
        }
    }

    @Test func whatABadExchangeAsksForItIsGivenAllTheSame() async throws {
        try await ControlFixture.run { fixture in
            let session = try await fixture.openSession()
            let run = try await fixture.start(1, by: session)[0]
            let waiting = try await fixture.submit(3)
            var exchange = WorkerExchange(session: session)
            exchange.outcomes = [run.outcome(.success(result: Array("{".utf8)))]
            exchange.closings = [run.batch]
            exchange.pulls = [(BacklogHint(.sample(), since: 0), 5)]
            let result = try await pipeline(fixture).carryOut(exchange)
            #expect(Set(result.granted.map(\.job)) == Set(waiting))
            #expect(result.pulls.map(\.isExhausted) == [true])
            #expect(try await fixture.job(run.job).state == .retrying)
        }
    }

    @Test func aHundredOutcomesAtTheSizeLimitAreRecorded() async throws {
        try await ControlFixture.run { fixture in
            var exchanges: [WorkerExchange] = []
            let result = Array("\"\(String(repeating: "x", count: RunResult.maxBytes - 2))\"".utf8)
            let error = String(repeating: "e", count: RunFailure.maxErrorBytes)
            for _ in 0..<4 {
                var exchange = WorkerExchange(session: try await fixture.openSession())
                for (index, run) in try await fixture.start(25, by: exchange.session).enumerated() {
                    let failure = RunFailure(kind: "error", error: error, isFinal: true)
                    exchange.outcomes.append(
                        run.outcome(index.isMultiple(of: 5) ? .success(result: result) : .failure(failure))
                    )
                }
                exchanges.append(exchange)
            }
            _ = try await together(fixture, exchanges)
            let counts = try await fixture.stores.jobs.counts(of: nil)
            #expect(counts == JobCounts(submitted: 100, completed: 20, failed: 80, died: 80, dead: 80))
        }
    }

    @Test func twoExchangesOfOneWorkerInATransactionShareWhatItIsGranted() async throws {
        try await ControlFixture.run { fixture in
            let (session, other) = (try await fixture.openSession(), try await fixture.openSession())
            let ids = try await fixture.submit(9)
            var exchanges: [WorkerExchange] = []
            for (session, limit) in [(session, 3), (other, 2), (session, 6)] {
                var exchange = WorkerExchange(session: session)
                exchange.pulls = [(BacklogHint(.sample(), since: 0), limit)]
                exchanges.append(exchange)
            }
            let results = try await together(fixture, exchanges)
            let granted = results.flatMap(\.granted)
            #expect(Set(granted.map(\.job)) == Set(ids) && granted.count == 9)
            for (result, exchange) in zip(results, exchanges) {
                #expect(result.granted.allSatisfy { $0.worker == exchange.session.worker })
            }
            // Eleven were asked for: whoever came last is told that there are no more, and the others that there may be.
            #expect(results.count { $0.pulls[0].isExhausted } == 1)
            for (result, exchange) in zip(results, exchanges) where !result.pulls[0].isExhausted {
                #expect(result.granted.count == exchange.pulls[0].limit)
            }
        }
    }

    /// Both lanes wait for a lock that whoever claims a few jobs has no need of.
    @Test func whoAsksForAFewDoesNotWaitForLargeOnes() async throws {
        try await ControlFixture.run { fixture in
            let session = try await fixture.openSession()
            let runs = try await fixture.start(2, by: session)
            let urgent = try await fixture.submit(2)
            let pipeline = pipeline(fixture)
            try await fixture.pool.withConnection { holder in
                try await holder.execute("begin; lock table jobs_finished in access exclusive mode")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (lane, run) in runs.enumerated() {
                        var exchange = WorkerExchange(session: session)
                        exchange.outcomes = [run.outcome(.success(result: nil))]
                        group.addTask { [exchange] in _ = try await pipeline.carryOut(exchange) }
                        try await fixture.waitUntilBlocked(lane + 1)
                    }
                    var claim = WorkerExchange(session: session)
                    claim.claims = urgent.map { RunKey(job: $0, run: 1) }
                    #expect(try await Set(pipeline.carryOut(claim).granted.map(\.job)) == Set(urgent))
                    try await fixture.waitUntilBlocked(2)
                    try await holder.execute("commit")
                    try await group.waitForAll()
                }
            }
            for run in runs { #expect(try await fixture.job(run.job).state == .completed) }
        }
    }

    @Test func whatIsCutShortSaysSo() async throws {
        try await ControlFixture.run { fixture in
            let session = try await fixture.openSession()
            let payload = "\"\(String(repeating: "x", count: 400_000))\""
            _ = try await fixture.submit(10, payload: payload)
            var exchange = WorkerExchange(session: session)
            exchange.pulls = [(BacklogHint(.sample(), since: 0), 10)]
            let pipeline = pipeline(fixture)
            var (granted, isCut): ([Int], [Bool]) = ([], [])
            for _ in 0..<4 {
                let result = try await pipeline.carryOut(exchange)
                granted.append(result.granted.count)
                isCut.append(result.isCut)
                #expect(result.pulls[0].isExhausted == !result.isCut, "there are more of them")
                let bytes = result.granted.reduce(0) { $0 + $1.payload.count }
                #expect(bytes < ExchangePipeline.maxGrantBytes + payload.utf8.count)
            }
            #expect(granted == [4, 4, 2, 0] && isCut == [true, true, false, false])
        }
    }

    @Test func whenTheDatabaseIsAwayTheExchangeFailsAndNothingIsLost() async throws {
        try await ControlFixture.run { fixture in
            let session = try await fixture.openSession()
            let run = try await fixture.start(1, by: session)[0]
            var exchange = WorkerExchange(session: session)
            exchange.outcomes = [run.outcome(.success(result: nil))]
            let away = PostgresPool(
                configuration: try PostgresConfiguration(url: "postgres://u@127.0.0.1:1/db"),
                size: 0...1,
                logger: fixture.logger
            )
            let broken = pipeline(fixture, ExchangeStore(pool: away))
            let asked = exchange
            await #expect(throws: PostgresError.self) { try await broken.carryOut(asked) }
            await away.close()
            for _ in 0..<2 { _ = try await pipeline(fixture).carryOut(asked) }
            #expect(try await fixture.job(run.job).state == .completed)
        }
    }
}
