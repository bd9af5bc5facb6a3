import Concurrency
import Formats
import Foundation
public import JobCore
public import Postgres

/// Puts on record how runs ended and gives runs to workers.
public struct ExchangeStore: Sendable {
    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Carries out a batch of any workers' exchanges in one round trip and one transaction: all of it or nothing.
    ///
    /// An outcome whose fence no longer holds changes nothing, so each may be reported any number of times. A run is granted only
    /// once: a worker that did not hear of it gives it back with its next hello. Whose jobs alone a worker is given and may report, its
    /// row tells to each of the statements; the batch has no say in that.
    ///
    /// What is said of a run is kept before its end, and only from who holds it.
    public func carryOut(_ batch: ExchangeBatch) async throws -> CarriedOut {
        var pipeline = Pipeline()
        if !batch.notes.isEmpty { pipeline.statements.append(Self.notes(batch.notes)) }
        pipeline.add(outcomes: batch.outcomes)
        if !batch.closings.isEmpty {
            pipeline.statements.append(
                Statements.closeClaimBatches.bind(
                    batch.closings.map(\.batch),
                    batch.closings.map(\.worker.uuid)
                )
            )
        }
        if !batch.claims.isEmpty || !batch.pulls.isEmpty {
            pipeline.grants = pipeline.statements.count
            pipeline.statements.append(Self.grants(batch))
        }
        var done = CarriedOut()
        guard !pipeline.statements.isEmpty else { return done }
        let results = try await pool.pipeline(pipeline.statements)
        if !batch.notes.isEmpty {
            done.noted = Dictionary(
                try results[0].decode(UUID.self, Int32.self, String.self).map { job, run, tenant in
                    (RunKey(job: JobID(job), run: Int(run)), tenant)
                },
                uniquingKeysWith: { $1 }
            )
        }
        if let completions = pipeline.completions {
            for row in results[completions] { try done.ended.add(completed: row) }
        }
        for (index, ending) in pipeline.endings {
            for row in results[index] { try done.ended.add(row, of: ending) }
        }
        let rows = pipeline.grants.map { results[$0] }
        done.grantedAt = try rows?.first?.decode(20, as: PostgresTimestamp.self).microsecondsSince1970
        done.granted = try rows?.map { try GrantedRun(row: $0, pulls: batch.pulls) } ?? []
        return done
    }

    /// Puts outcomes on record.
    public func record(_ outcomes: [RunOutcome]) async throws -> EndedRuns {
        var batch = ExchangeBatch()
        batch.outcomes = outcomes
        return try await carryOut(batch).ended
    }

    /// Removes claim batches older than `age` that nobody closed although none of their runs goes on.
    ///
    /// - Returns: How many there were.
    public func sweepBatches(olderThan age: Duration) async throws -> Int {
        try await pool.query(Statements.sweepClaimBatches, age.millisecondsTruncated).affectedRows
    }

    private static func notes(_ notes: [RunNote]) -> PostgresStatement.Bound {
        let lines = notes.flatMap { note in note.lines.map { (note.source, $0) } }
        return Statements.keepNotes.bind(
            notes.map(\.source.job.uuid),
            notes.map { Int32(clamping: $0.source.fence.run) },
            notes.map(\.source.fence.worker.uuid),
            notes.map { $0.progress?.fraction },
            notes.map { $0.progress?.message },
            notes.map { $0.checkpoint.map(PostgresJSON.init(bytes:)) },
            lines.map(\.0.job.uuid),
            lines.map { Int32(clamping: $0.0.fence.run) },
            lines.map { Int32($0.1.number % RunNote.maxLines) },
            lines.map { Int32(clamping: $0.1.number) },
            lines.map(\.1.age.millisecondsTruncated),
            lines.map(\.1.level),
            lines.map(\.1.message),
            Int32(RunNote.maxLoggedRuns)
        )
    }

    private static func grants(_ batch: ExchangeBatch) -> PostgresStatement.Bound {
        var shares: [(place: Int64, first: Int32, last: Int32, session: WorkerSessionKey)] = []
        var totals: [Int32] = []
        for (place, pull) in batch.pulls.enumerated() {
            var given = 0
            for share in pull.shares where share.count > 0 {
                shares.append((Int64(place + 1), Int32(given + 1), Int32(given + share.count), share.session))
                given += share.count
            }
            totals.append(Int32(given))
        }
        return Statements.grantRuns.bind(
            batch.claims.map(\.job.uuid),
            batch.claims.map { Int32(clamping: $0.run) },
            batch.claims.map(\.session.worker.uuid),
            batch.claims.map(\.session.session),
            batch.pulls.map(\.backlog.tenant.rawValue),
            batch.pulls.map(\.backlog.queue.rawValue),
            batch.pulls.map(\.backlog.priority.rawValue),
            batch.pulls.map(\.backlog.type.rawValue),
            batch.pulls.map { PostgresTimestamp(microsecondsSince1970: $0.since) },
            totals,
            shares.map(\.place),
            shares.map(\.first),
            shares.map(\.last),
            shares.map(\.session.worker.uuid),
            shares.map(\.session.session),
            Int64(batch.maxGrantBytes)
        )
    }
}

/// What became of a batch of exchanges.
public struct CarriedOut: Sendable {
    /// The runs that were spoken of by who holds them, and whose they are.
    public var noted: [RunKey: String] = [:]
    /// What the outcomes led to.
    public var ended = EndedRuns()
    /// The runs that were granted.
    public var granted: [GrantedRun] = []
    /// When they were granted by the database's clock, in microseconds since 1970; nil when none was.
    public var grantedAt: Int64?

    package init(granted: [GrantedRun] = []) {
        self.granted = granted
    }
}

/// The statements of one transaction, and which of them tell of ends and of grants.
struct Pipeline {
    /// From how far ahead on schedulers see by themselves in time that something is due.
    static let noticedByItself = TimerStore.longestSleep

    var statements: [PostgresStatement.Bound] = []
    var completions: Int?
    var endings: [(place: Int, RunEnding)] = []
    var grants: Int?

    /// Adds what puts outcomes on record.
    mutating func add(outcomes: [RunOutcome]) {
        var successes: [(outcome: RunOutcome, result: [UInt8]?)] = []
        var failures: [(outcome: RunOutcome, failure: RunFailure)] = []
        var releases: [(outcome: RunOutcome, delay: Duration?)] = []
        for outcome in outcomes {
            switch outcome.kind {
            case .success(let result): successes.append((outcome, result))
            case .failure(let failure): failures.append((outcome, failure))
            case .release(let delay): releases.append((outcome, delay))
            // Whether the job was cancelled, the row says: one that was not must not stay without an outcome.
            case .cancelled: releases.append((outcome, nil))
            }
        }
        if !successes.isEmpty {
            completions = statements.count
            let reporters = Reporters(of: successes.map(\.outcome))
            statements.append(
                Statements.completeJobs.bind(
                    successes.map(\.outcome.job.uuid),
                    successes.map { Int32(clamping: $0.outcome.fence.run) },
                    reporters.places,
                    successes.map { $0.result.map(PostgresJSON.init(bytes:)) },
                    reporters.workers
                )
            )
        }
        if !failures.isEmpty { add(failures: failures) }
        if !releases.isEmpty { add(releases: releases) }
        let delays = failures.map { $0.failure.isFinal ? nil : $0.failure.retryAfter } + releases.map(\.delay)
        if delays.contains(where: { $0.map { $0 < Self.noticedByItself } ?? false }) {
            statements.append(Statements.announceTimers.bind())
        }
    }

    private mutating func add(failures: [(outcome: RunOutcome, failure: RunFailure)]) {
        endings.append((statements.count, .failure))
        let reporters = Reporters(of: failures.map(\.outcome))
        statements.append(
            Statements.failJobs.bind(
                failures.map(\.outcome.job.uuid),
                failures.map { Int32(clamping: $0.outcome.fence.run) },
                reporters.places,
                failures.map(\.failure.kind),
                failures.map(\.failure.error),
                failures.map(\.failure.retryAfter.millisecondsTruncated),
                failures.map(\.failure.isFinal),
                failures.map { NormalizedError($0.failure.error).text },
                reporters.workers
            )
        )
    }

    /// Adds what gives runs back.
    mutating func add(releases: [(outcome: RunOutcome, delay: Duration?)]) {
        endings.append((statements.count, .release))
        let reporters = Reporters(of: releases.map(\.outcome))
        statements.append(
            Statements.releaseJobs.bind(
                releases.map(\.outcome.job.uuid),
                releases.map { Int32(clamping: $0.outcome.fence.run) },
                reporters.places,
                releases.map { $0.delay?.millisecondsTruncated },
                reporters.workers
            )
        )
    }
}

/// Who reports outcomes: each worker once, so that a statement looks it up once, and for each outcome the worker's place, counted from 1.
private struct Reporters {
    private(set) var workers: [UUID] = []
    private(set) var places: [Int32] = []

    init(of outcomes: [RunOutcome]) {
        var known: [WorkerID: Int32] = [:]
        places.reserveCapacity(outcomes.count)
        for outcome in outcomes {
            let worker = outcome.fence.worker
            if let place = known[worker] {
                places.append(place)
                continue
            }
            workers.append(worker.uuid)
            known[worker] = Int32(workers.count)
            places.append(Int32(workers.count))
        }
    }
}

extension GrantedRun {
    /// Reads a row of `grant_runs.sql`, by place: there may be many thousands in a second.
    fileprivate init(row: PostgresRow, pulls: [BacklogPull]) throws {
        job = JobID(try row.decode(0, as: UUID.self))
        run = Int(try row.decode(1, as: Int32.self))
        worker = WorkerID(try row.decode(2, as: UUID.self))
        attempt = Int(try row.decode(3, as: Int32.self))
        maxAttempts = Int(try row.decode(4, as: Int32.self))
        timeoutMilliseconds = try row.decode(5, as: Int64?.self)
        queuedAt = try row.decode(6, as: PostgresTimestamp.self).microsecondsSince1970
        trace = try row.decode(7, as: String?.self)
        retry = try row.decode(8, as: PostgresJSON?.self).map { try RetryPolicy(json: $0) }
        payload = try row.decode(9, as: PostgresJSON.self).bytes
        batch = try row.decode(10, as: Int64.self)
        let place = Int(try row.decode(11, as: Int32.self))
        pull = place == 0 ? nil : place - 1
        backlog = place == 0 ? try Backlog(row: row) : pulls[place - 1].backlog
        tenantsShare = try row.decode(16, as: Bool.self)
        createdAt = try row.decode(17, as: PostgresTimestamp.self).microsecondsSince1970
        tags = try row.decode(18, as: [String]?.self) ?? []
        checkpoint = try row.decode(19, as: PostgresJSON?.self)?.bytes
    }
}

extension PostgresTimestamp {
    /// From 1970-01-01 to 2000-01-01, the server's epoch, in microseconds.
    private static let betweenEpochs: Int64 = 946_684_800_000_000

    /// The time so many microseconds after 1970 began; never an infinity.
    init(microsecondsSince1970 microseconds: Int64) {
        let bounded = min(max(microseconds, 0), 4_000_000_000_000_000)
        self.init(microsecondsSince2000: bounded - Self.betweenEpochs)
    }

    /// Microseconds since 1970.
    var microsecondsSince1970: Int64 { microsecondsSince2000 &+ Self.betweenEpochs }
}
