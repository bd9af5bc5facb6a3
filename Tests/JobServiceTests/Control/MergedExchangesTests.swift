import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

/// How exchanges become one batch, and its grants answers again, over random ones.
@Suite struct MergedExchangesTests {
    private static let backlogs = ["a", "b", "c"].map { Backlog.sample($0) }

    @Test(arguments: [UInt64](1...200)) func eachGrantGoesToOneExchangeOfItsWorkerAndNoPullGetsTooMany(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let exchanges = exchanges(using: &generator)
        let merged = MergedExchanges(exchanges, maxGrantBytes: 1_000)
        checkBatch(merged.batch, of: exchanges, seed)
        let granted = grants(of: merged.batch, using: &generator)
        let results = merged.results(CarriedOut(granted: granted))

        #expect(results.count == exchanges.count, "seed \(seed)")
        let given = results.flatMap(\.granted)
        #expect(given.count == granted.count, "seed \(seed): a grant is lost or given twice")
        #expect(Set(given.map(\.job)) == Set(granted.map(\.job)), "seed \(seed)")
        for (result, exchange) in zip(results, exchanges) {
            #expect(result.granted.allSatisfy { $0.worker == exchange.session.worker }, "seed \(seed)")
            #expect(result.pulls.count == exchange.pulls.count, "seed \(seed)")
            let claims = Set(exchange.claims)
            for run in result.granted where run.pull == nil {
                #expect(claims.contains(RunKey(job: run.job, run: run.run)), "seed \(seed): it claimed no such run")
            }
            let bytes = given.filter { $0.worker == exchange.session.worker }.reduce(0) { $0 + $1.payload.count }
            #expect(result.isCut == (bytes >= 1_000), "seed \(seed)")
            for (pull, answer) in zip(exchange.pulls, result.pulls) {
                let pulled = result.granted.filter { $0.pull != nil && $0.backlog == pull.hint.backlog }
                #expect(pulled.count <= pull.limit, "seed \(seed): a pull got more than it asked for")
                #expect(answer.reached == pulled.map(\.queuedAt).max(), "seed \(seed)")
                // What was claimed by name may have been found by the pull, too.
                let named = granted.count { $0.pull == nil && $0.backlog == pull.hint.backlog }
                let isShort = pulled.count + named < pull.limit
                #expect(answer.isExhausted == (isShort && !result.isCut), "seed \(seed)")
            }
        }
    }

    /// Runs that the old session was given would stay `running` for ever: nobody reads its answer.
    @Test func aSessionThatANewOneFollowedIsGrantedNothing() {
        let (worker, backlog) = (WorkerID.make(), Self.backlogs[0])
        let exchanges = [Int64](1...2).map { session in
            var exchange = WorkerExchange(session: WorkerSessionKey(worker: worker, session: session))
            exchange.pulls = [(BacklogHint(backlog, since: session), 5)]
            exchange.claims = [RunKey(job: .make(), run: 1)]
            exchange.closings = [session]
            return exchange
        }
        for order in [exchanges, exchanges.reversed()] {
            let merged = MergedExchanges(order, maxGrantBytes: 1_000_000)
            #expect(merged.batch.claims.map(\.session.session) == [2])
            #expect(merged.batch.pulls.flatMap(\.shares).map(\.session.session) == [2])
            #expect(merged.batch.closings.count == 2, "what the old session had got it may still close")
            var generator = SeededGenerator(seed: 1)
            let granted = grants(of: merged.batch, using: &generator)
            for (exchange, result) in zip(order, merged.results(CarriedOut(granted: granted))) {
                #expect(result.granted.count == (exchange.session.session == 2 ? granted.count : 0))
            }
        }
    }

    /// Exchanges of a few workers, each of which has up to two; none pulls a backlog twice in one exchange.
    private func exchanges(using generator: inout SeededGenerator) -> [WorkerExchange] {
        let sessions = (0..<3).map { _ in WorkerSessionKey(worker: .make(), session: 1) }
        var exchanges: [WorkerExchange] = []
        for session in (sessions + sessions).shuffled(using: &generator).prefix(.random(in: 1...6, using: &generator)) {
            var exchange = WorkerExchange(session: session)
            for backlog in Self.backlogs.shuffled(using: &generator).prefix(.random(in: 0...3, using: &generator)) {
                let since = Int64.random(in: 0...50, using: &generator)
                exchange.pulls.append((BacklogHint(backlog, since: since), .random(in: 0...5, using: &generator)))
            }
            exchange.claims = (0..<Int.random(in: 0...4, using: &generator)).map { _ in RunKey(job: .make(), run: 1) }
            exchange.closings = [Int64.random(in: 1...9, using: &generator)]
            exchanges.append(exchange)
        }
        return exchanges
    }

    private func checkBatch(_ batch: ExchangeBatch, of exchanges: [WorkerExchange], _ seed: UInt64) {
        #expect(Set(batch.pulls.map(\.backlog)).count == batch.pulls.count, "seed \(seed): each backlog once")
        for pull in batch.pulls {
            let all = exchanges.flatMap { exchange in
                exchange.pulls.filter { $0.hint.backlog == pull.backlog }.map { (exchange.session, $0) }
            }
            #expect(pull.since == all.map(\.1.hint.since).min(), "seed \(seed)")
            #expect(pull.shares.map(\.session) == all.map(\.0), "seed \(seed)")
            #expect(pull.shares.map(\.count) == all.map(\.1.limit), "seed \(seed)")
        }
        #expect(batch.claims.map(\.job) == exchanges.flatMap { $0.claims.map(\.job) }, "seed \(seed)")
        let closers = exchanges.flatMap { exchange in exchange.closings.map { _ in exchange.session.worker } }
        #expect(batch.closings.map(\.worker) == closers, "seed \(seed)")
    }

    /// What a store might grant of a batch: of each share some or all, of the claims some; in any order.
    private func grants(of batch: ExchangeBatch, using generator: inout SeededGenerator) -> [GrantedRun] {
        var granted: [GrantedRun] = []
        func grant(
            _ job: JobID,
            to session: WorkerSessionKey,
            _ backlog: Backlog,
            pull: Int?,
            _ size: Int,
            _ time: Int64
        ) {
            granted.append(
                GrantedRun(
                    job: job,
                    run: 1,
                    worker: session.worker,
                    backlog: backlog,
                    pull: pull,
                    attempt: 1,
                    maxAttempts: 5,
                    createdAt: time,
                    queuedAt: time,
                    tags: [],
                    payload: Array(repeating: 32, count: size),
                    batch: 1,
                    tenantsShare: false
                )
            )
        }
        for (place, pull) in batch.pulls.enumerated() {
            for share in pull.shares {
                let count =
                    Bool.random(using: &generator) ? share.count : Int.random(in: 0...share.count, using: &generator)
                for _ in 0..<count {
                    let (size, time) = (
                        Int.random(in: 0...200, using: &generator), Int64.random(in: 1...99, using: &generator)
                    )
                    grant(.make(), to: share.session, pull.backlog, pull: place, size, time)
                }
            }
        }
        for claim in batch.claims where Bool.random(using: &generator) {
            grant(claim.job, to: claim.session, Self.backlogs[0], pull: nil, 10, 1)
        }
        return granted.shuffled(using: &generator)
    }

    /// Its answers go out apart, but what it may be given at once is counted together.
    @Test func aWorkerWhoseGrantsWereCutIsToldInAllItsAnswers() {
        let session = WorkerSessionKey(worker: .make(), session: 1)
        let exchanges = (0..<2).map { _ in
            var exchange = WorkerExchange(session: session)
            exchange.pulls = [(BacklogHint(Self.backlogs[0], since: 0), 2)]
            return exchange
        }
        let merged = MergedExchanges(exchanges, maxGrantBytes: 250)
        let granted = (0..<3).map { _ in
            GrantedRun(
                job: .make(),
                run: 1,
                worker: session.worker,
                backlog: Self.backlogs[0],
                pull: 0,
                attempt: 1,
                maxAttempts: 5,
                createdAt: 1,
                queuedAt: 1,
                tags: [],
                payload: Array(repeating: 32, count: 100),
                batch: 1,
                tenantsShare: false
            )
        }
        let results = merged.results(CarriedOut(granted: granted))
        #expect(results.map(\.isCut) == [true, true])
        #expect(results.map(\.granted.count) == [2, 1])
        #expect(results.map { $0.pulls[0].isExhausted } == [false, false], "a fourth job may be there")
    }
}
