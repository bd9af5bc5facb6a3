import Concurrency
import JobCore
import JobStore
import Logging
import Metrics
import Platform
import Postgres
import Telemetry
import Tracing

/// What one worker reports and asks for, checked.
struct WorkerExchange: Sendable {
    /// Who asks.
    var session: WorkerSessionKey
    /// Whose jobs alone the worker serves; nil means everybody's.
    var tenant: TenantName?
    /// Its number, by which the worker knows the answer.
    var sequence: UInt64 = 0
    var notes: [RunNote] = []
    var outcomes: [RunOutcome] = []
    /// The places in the traces of outcomes, of those that are recorded.
    var traces: [String?] = []
    var closings: [Int64] = []
    var claims: [RunKey] = []
    var pulls: [(hint: BacklogHint, limit: Int)] = []
    /// Backlogs of which the worker dropped a record.
    var dropped: [BacklogHint] = []
    /// How many more runs it could take.
    var free = 0

    /// How many runs it asks for.
    var requested: Int { claims.count + pulls.reduce(0) { $0 + $1.limit } }

    /// What it weighs in memory, in bytes, about.
    var size: Int {
        let said = notes.reduce(256 + 32 * (closings.count + claims.count) + 256 * pulls.count) { $0 + $1.size }
        return outcomes.reduce(said) { $0 + 128 + $1.size }
    }
}

/// What became of an exchange.
struct ExchangeResult: Sendable {
    /// The runs that were granted.
    var granted: [GrantedRun] = []
    /// For each pull, whether fewer jobs were there than asked for, and when the last one that was granted had been queued.
    var pulls: [(isExhausted: Bool, reached: Int64?)] = []
    /// Whether grants stopped short as their payloads are large.
    var isCut = false
    /// Runs that were spoken of and are not the worker's.
    var lost: [RunKey] = []
    /// When its transaction began, and when it was over.
    var transaction: (began: DefaultTracerClock.Timestamp, ended: DefaultTracerClock.Timestamp)?
}

/// Merges the exchanges of all workers: whatever comes while a transaction is under way forms the next one.
///
/// Those that only ask for a few runs by name do not wait for the large ones that work backlogs off: beside these they have a lane of
/// their own. Tenants whose workers have credentials of theirs, and the installation's own workers together, have the same share of each
/// transaction. One that has as much waiting as there is room left waits before it hands in more, and then its session ends: what it
/// reported it reports again to its next one.
struct ExchangePipeline: Sendable {
    /// How many exchanges, and bytes of them, form a transaction.
    private static let (batchExchanges, batchBytes) = (64, 16 << 20)
    /// How many bytes may wait.
    static let waitingBytes = 256 << 20
    /// How many transactions are under way at once.
    private static let lanes = 2
    /// How many bytes of payload a worker is given in one exchange before it gets no further run, so that the answer, whose last run may
    /// have a whole payload more, stays below what a message may have.
    static let maxGrantBytes = 3 << 19
    /// How many bytes of payload a transaction gives out in all, at most.
    private static let batchGrantBytes = 32 << 20

    private typealias Lanes = Batcher<WorkerExchange, ExchangeResult>

    /// How long an exchange waits for room, and how long a session reads nothing further meanwhile: it renews its lease behind that.
    private static let (patience, pause) = (Duration.seconds(3), Duration.seconds(1))

    private let batcher: Lanes
    private let few: Lanes
    /// Raised when some of what waited was carried out.
    private let progress = Signal()

    /// A pipeline on a store.
    ///
    /// - Parameters:
    ///   - waitingBytes: How many bytes may wait, about.
    ///   - isHeard: Whether anybody is to be told which jobs change.
    ///   - meters: Is told of what was granted, as are `waits`.
    ///   - ended: Is told what ends of runs led to.
    ///   - changed: Is told what was carried out.
    init(
        store: ExchangeStore,
        waitingBytes: Int = Self.waitingBytes,
        meters: JobMeters,
        waits: WaitKeeper? = nil,
        logger: Logger,
        isHeard: @escaping @Sendable () -> Bool,
        ended: @escaping @Sendable (EndedRuns) -> Void,
        changed: @escaping @Sendable (_ exchanges: [WorkerExchange], _ done: CarriedOut) -> Void
    ) {
        let (meters, progress) = (Meters(jobs: meters, waits: waits), progress)
        let flush: @Sendable ([WorkerExchange]) async throws -> [ExchangeResult] = { exchanges in
            var merged = MergedExchanges(exchanges, maxGrantBytes: Self.grantBytes(for: exchanges.count))
            merged.batch.tellsChanges = isHeard()
            let (start, began) = (ContinuousClock.now, DefaultTracerClock.now)
            defer { progress.raise() }
            do {
                let done = try await retryingConflicts { [merged] in try await store.carryOut(merged.batch) }
                meters.note(merged.batch, done, took: start.duration(to: .now))
                ended(done.ended)
                changed(exchanges, done)
                return merged.results(done, began: began)
            } catch let error as PostgresError where error.isCausedByData && exchanges.count == 1 {
                // One of its items is at fault, and fails alone.
                logger.warning(
                    "the database refuses an exchange; its outcomes are recorded one by one",
                    metadata: ["worker_id": "\(exchanges[0].session.worker)", "error": "\(error)"]
                )
                let alone = try await Self.recordOneByOne(exchanges[0].outcomes, in: store, tellsChanges: isHeard())
                ended(alone.ended)
                var rest = exchanges[0]
                rest.outcomes = []
                var again = MergedExchanges([rest], maxGrantBytes: Self.maxGrantBytes)
                again.batch.tellsChanges = isHeard()
                let start = ContinuousClock.now
                var done = try await retryingConflicts { [again] in try await store.carryOut(again.batch) }
                done.changed.merge(alone.changed, uniquingKeysWith: +)
                meters.note(again.batch, done, took: start.duration(to: .now))
                changed(exchanges, done)
                return again.results(done, began: began)
            }
        }
        func batcher(lanes: Int) -> Lanes {
            Batcher(
                limits: .init(
                    batchItems: Self.batchExchanges,
                    batchCost: Self.batchBytes,
                    waitingCost: waitingBytes,
                    lanes: lanes
                ),
                cost: \.size,
                owner: { $0.tenant },
                isolates: { ($0 as? PostgresError)?.isCausedByData ?? false },
                flush: flush
            )
        }
        self.batcher = batcher(lanes: Self.lanes)
        few = batcher(lanes: 1)
    }

    /// How many bytes of exchanges wait, about.
    var waitingBytes: Int { batcher.waitingCost + few.waitingCost }

    /// Whether a tenant's workers may hand in something now.
    func hasRoom(of tenant: TenantName?) -> Bool { batcher.hasRoom(of: tenant) }

    /// Waits until a tenant's workers may hand in something, for a while at most.
    func waitForRoom(of tenant: TenantName?) async {
        let end = ContinuousClock.now + Self.pause
        while !hasRoom(of: tenant), .now < end, !Task.isCancelled {
            await progress.wait(atMost: ContinuousClock.now.duration(to: end))
        }
    }

    /// Carries an exchange out, together with others.
    ///
    /// - Throws: What the store throws; ``BatcherOverloaded`` when there was no room for it for a while.
    func carryOut(_ exchange: WorkerExchange) async throws -> ExchangeResult {
        let end = ContinuousClock.now + Self.patience
        while true {
            do {
                return try await submit(exchange)
            } catch is BatcherOverloaded where ContinuousClock.now < end && !Task.isCancelled {
                await progress.wait(atMost: ContinuousClock.now.duration(to: end))
            }
        }
    }

    private func submit(_ exchange: WorkerExchange) async throws -> ExchangeResult {
        let asksForFew =
            exchange.notes.isEmpty && exchange.outcomes.isEmpty && exchange.pulls.isEmpty
            && (1...WorkerControl.maxUrgent).contains(exchange.claims.count)
        return try await (asksForFew && batcher.isBusy ? few : batcher).submit(exchange)
    }

    private static func grantBytes(for exchanges: Int) -> Int {
        min(maxGrantBytes, batchGrantBytes / exchanges)
    }

    /// What the database refuses becomes a failure of its run.
    private static func recordOneByOne(
        _ outcomes: [RunOutcome],
        in store: ExchangeStore,
        tellsChanges: Bool
    ) async throws -> CarriedOut {
        var all = CarriedOut()
        func record(_ outcome: RunOutcome) async throws {
            var batch = ExchangeBatch()
            (batch.outcomes, batch.tellsChanges) = ([outcome], tellsChanges)
            let done = try await retryingConflicts { [batch] in try await store.carryOut(batch) }
            all.ended.add(done.ended)
            all.changed.merge(done.changed, uniquingKeysWith: +)
        }
        for outcome in outcomes {
            do {
                try await record(outcome)
            } catch let error as PostgresError where error.isCausedByData {
                var refused = outcome
                refused.kind = .failure(
                    RunFailure(
                        kind: "error",
                        error: "the outcome cannot be kept: \(error.message)".storable(maxBytes: 1_000),
                        retryAfter: .defaultRetry
                    )
                )
                try await record(refused)
            }
        }
        return all
    }
}

/// Exchanges as one batch, and who gets what of its results. Pulls of one backlog are made together.
struct MergedExchanges: Sendable {
    var batch: ExchangeBatch
    private let exchanges: [WorkerExchange]
    /// For each exchange, the places of its pulls in the batch.
    private var places: [[Int]] = []

    init(_ exchanges: [WorkerExchange], maxGrantBytes: Int) {
        var newest: [WorkerID: Int64] = [:]
        for exchange in exchanges {
            newest[exchange.session.worker] = max(newest[exchange.session.worker] ?? .min, exchange.session.session)
        }
        // A worker that connected anew may have exchanges of two sessions here. Nobody reads what the old one would be granted.
        let exchanges = exchanges.map { exchange in
            guard exchange.session.session != newest[exchange.session.worker] else { return exchange }
            var ended = exchange
            (ended.claims, ended.pulls) = ([], [])
            return ended
        }
        self.exchanges = exchanges
        batch = ExchangeBatch(maxGrantBytes: maxGrantBytes)
        var known: [Backlog: Int] = [:]
        var said: [RunNote.Source: Int] = [:]
        for exchange in exchanges {
            for note in exchange.notes {
                if let place = said[note.source] {
                    batch.notes[place].takeIn(note)
                } else {
                    said[note.source] = batch.notes.count
                    batch.notes.append(note)
                }
            }
            batch.outcomes += exchange.outcomes
            batch.closings += exchange.closings.map { ($0, exchange.session.worker) }
            batch.claims += exchange.claims.map {
                RunClaim(job: $0.job, run: $0.run, session: exchange.session)
            }
            places.append(
                exchange.pulls.map { pull in
                    let share = (session: exchange.session, count: pull.limit)
                    if let place = known[pull.hint.backlog] {
                        batch.pulls[place].since = min(batch.pulls[place].since, pull.hint.since)
                        batch.pulls[place].shares.append(share)
                        return place
                    }
                    known[pull.hint.backlog] = batch.pulls.count
                    batch.pulls.append(BacklogPull(pull.hint.backlog, since: pull.hint.since, shares: [share]))
                    return batch.pulls.count - 1
                }
            )
        }
    }

    /// Each exchange's share of what was carried out.
    ///
    /// - Parameter began: When its transaction began; it is over now.
    func results(
        _ done: CarriedOut,
        began: DefaultTracerClock.Timestamp = DefaultTracerClock.now
    ) -> [ExchangeResult] {
        let transaction = (began, DefaultTracerClock.now)
        let granted = done.granted
        var byWorker: [WorkerID: [GrantedRun]] = [:]
        var bytes: [WorkerID: Int] = [:]
        // A pull may have found, and not got, what was claimed by name: then it is no sign that there is no more.
        var named: [Backlog: Int] = [:]
        for run in granted {
            byWorker[run.worker, default: []].append(run)
            bytes[run.worker, default: 0] += run.payload.count
            if run.pull == nil { named[run.backlog, default: 0] += 1 }
        }
        var results: [ExchangeResult] = []
        results.reserveCapacity(exchanges.count)
        for (exchange, places) in zip(exchanges, places) {
            let claims = Set(exchange.claims)
            let limits = Dictionary(zip(places, exchange.pulls.map(\.limit)), uniquingKeysWith: +)
            var pulled: [Int: (count: Int, reached: Int64)] = [:]
            var result = ExchangeResult()
            result.transaction = transaction
            // A worker with two exchanges in a batch gets each run once: what a pull of the first one gave is not the second one's.
            var rest: [GrantedRun] = []
            for run in byWorker[exchange.session.worker] ?? [] {
                if let place = run.pull {
                    let before = pulled[place] ?? (0, 0)
                    if before.count < limits[place] ?? 0 {
                        pulled[place] = (before.count + 1, max(before.reached, run.queuedAt))
                        result.granted.append(run)
                        continue
                    }
                } else if claims.contains(RunKey(job: run.job, run: run.run)) {
                    result.granted.append(run)
                    continue
                }
                rest.append(run)
            }
            byWorker[exchange.session.worker] = rest
            result.lost = exchange.notes.map(\.run).filter { done.noted[$0] == nil }
            result.isCut = bytes[exchange.session.worker] ?? 0 >= batch.maxGrantBytes
            result.pulls = zip(exchange.pulls, places).map { pull, place in
                let found = pulled[place]
                let count = (found?.count ?? 0) + (named[pull.hint.backlog] ?? 0)
                return (!result.isCut && count < pull.limit, found?.reached)
            }
            results.append(result)
        }
        return results
    }
}

extension RunNote {
    /// Which run it is about.
    var run: RunKey { RunKey(job: source.job, run: source.fence.run) }
}

extension RunOutcome {
    /// How many bytes it carries, about.
    fileprivate var size: Int {
        switch kind {
        case .success(let result): result?.count ?? 0
        case .failure(let failure): failure.error.utf8.count
        case .release, .cancelled: 0
        }
    }
}

/// The spans of an exchange, in the traces of its outcomes and of the runs that it granted: that it was served, and the transaction that
/// it was carried out in.
enum ExchangeSpans {
    private static let method = "\(WorkerControl.service)/\(WorkerControl.session)"

    /// Makes them, of an exchange that was answered.
    ///
    /// - Parameter began: When it came.
    static func record(_ exchange: WorkerExchange, _ result: ExchangeResult, began: DefaultTracerClock.Timestamp) {
        var traces = exchange.traces
        for run in result.granted {
            if let trace = run.trace, TraceContext.isSampled(stored: trace) { traces.append(trace) }
        }
        guard !traces.isEmpty,
            let spans = SharedSpans(
                method,
                kind: .server,
                in: traces,
                from: began,
                attributes: [
                    "rpc.system.name": "grpc", "rpc.method": .string(method),
                    "queueflow.worker_id": .string(exchange.session.worker.description),
                    "queueflow.exchange.outcomes": .int64(Int64(exchange.outcomes.count)),
                    "queueflow.exchange.grants": .int64(Int64(result.granted.count)),
                ]
            )
        else { return }
        if let transaction = result.transaction {
            spans.part(
                "BATCH jobs_live",
                kind: .client,
                from: transaction.began,
                to: transaction.ended,
                attributes: [
                    "db.system.name": "postgresql", "db.operation.name": "BATCH", "db.collection.name": "jobs_live",
                    "db.query.summary": "BATCH jobs_live",
                ]
            )
        }
        spans.end()
    }
}

/// What the pipeline shows of itself.
private struct Meters: Sendable {
    private let size = Recorder(distribution: .exchangeBatchSize)
    private let duration = Timer(.exchangeTransaction)
    private let outcomes = Counter(.exchangeOutcomes)
    private let granted = Counter(.exchangeGrants)
    private let claims = Counter(.exchangeClaims)
    private let pulls = Counter(.exchangePulls)
    let jobs: JobMeters
    let waits: WaitKeeper?

    func note(_ batch: ExchangeBatch, _ done: CarriedOut, took time: Duration) {
        size.record(batch.outcomes.count + batch.claims.count + done.granted.count)
        duration.record(duration: time)
        outcomes.increment(by: batch.outcomes.count)
        granted.increment(by: done.granted.count)
        claims.increment(by: batch.claims.count)
        pulls.increment(by: batch.pulls.count)
        guard let time = done.grantedAt else { return }
        jobs.granted(done.granted.lazy.map { ($0.backlog.priority, $0.queuedAt, $0.trace) }, at: time)
        waits?.granted(done.granted, at: time)
    }
}
