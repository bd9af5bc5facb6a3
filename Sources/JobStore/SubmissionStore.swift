import Concurrency
import Crypto
public import Foundation
public import JobCore
import Postgres

/// Puts new jobs on record.
public struct SubmissionStore: Sendable {
    let pool: GuardedPool
    private let keyLifetime: Duration

    /// A store on a pool of connections.
    ///
    /// - Parameter keyLifetime: How long an idempotency key is kept.
    public init(pool: GuardedPool, keyLifetime: Duration = .seconds(86_400)) {
        self.pool = pool
        self.keyLifetime = keyLifetime
    }

    /// Runs tasks where storing jobs changes no threads; nil when there is no such place.
    public var executor: (any TaskExecutor)? { pool.executor }

    /// Stores jobs that no request asked for, in one transaction and one round trip: all of them or none.
    ///
    /// - Returns: When they were stored, by the database's clock. A job whose `runAt` is not later than that is queued.
    public func insert(_ jobs: [NewJob]) async throws -> Date {
        var statements = [Self.insertion(of: jobs)]
        if Self.areDueSoon(jobs) {
            statements.append(Statements.announceTimers.bind())
        }
        return try await pool.pipeline(statements)[0].single(Date.self)
    }

    /// Stores jobs in one transaction and one round trip, each unless its idempotency key is another job's. Keys cost
    /// nothing where there are none.
    ///
    /// - Returns: What became of each, in the order of the jobs.
    public func submit(_ jobs: [NewJob]) async throws -> [SubmissionResult] {
        let keyed = jobs.indices.compactMap { index in jobs[index].request.map { (index, $0) } }
        guard !keyed.isEmpty else {
            let storedAt = try await insert(jobs)
            return jobs.map { _ in .stored(at: storedAt) }
        }
        let tenants = keyed.map { jobs[$0.0].tenant.rawValue }
        let keys = keyed.map(\.1.key.rawValue)
        var statements = [
            Statements.takeIdempotencyKeys.bind(
                tenants,
                keys,
                keyed.map(\.1.fingerprint),
                keyed.map { jobs[$0.0].id.uuid },
                keyLifetime.millisecondsTruncated
            ),
            Self.insertion(of: jobs),
            Statements.findIdempotencyKeys.bind(tenants, keys),
        ]
        if Self.areDueSoon(jobs) {
            statements.append(Statements.announceTimers.bind())
        }
        let answers = try await pool.pipeline(statements)
        let storedAt = try answers[1].single(Date.self)
        var results = jobs.map { _ in SubmissionResult.stored(at: storedAt) }
        for row in answers[2] {
            let (index, request) = keyed[Int(try row.decode("place", as: Int64.self)) - 1]
            let holder = JobID(try row.decode("job_id", as: UUID.self))
            guard holder != jobs[index].id else { continue }
            let isSame = try row.decode("fingerprint", as: [UInt8].self) == request.fingerprint
            results[index] = isSame ? .repeated(holder) : .keyReused
        }
        return results
    }

    /// Removes idempotency keys that have expired.
    ///
    /// - Parameter limit: The most keys to remove.
    /// - Returns: How many were removed.
    public func deleteExpiredKeys(limit: Int) async throws -> Int {
        Int(try await pool.query(Statements.deleteExpiredKeys, Int32(limit)).single(Int64.self))
    }

    /// Whether schedulers are to be told of jobs, as one may be due before they look again by themselves. Two clocks may differ, so what
    /// is due a little later counts as well.
    static func areDueSoon(_ jobs: [NewJob], after now: Date = .now) -> Bool {
        let soon = now.addingTimeInterval(TimerStore.longestSleep.inSeconds * 2)
        return jobs.contains { job in job.runAt.map { $0 < soon } ?? false }
    }

    /// The statement that stores jobs, for use within a larger transaction. It gives the time of that transaction.
    static func insertion(of jobs: [NewJob]) -> PostgresStatement.Bound {
        Statements.insertJobs.bind(
            jobs.map(\.id.uuid),
            jobs.map(\.tenant.rawValue),
            jobs.map(\.queue.rawValue),
            jobs.map(\.type.rawValue),
            jobs.map(\.priority.rawValue),
            jobs.map { PostgresJSON(bytes: $0.payload) },
            jobs.map { Int32($0.maxAttempts) },
            jobs.map { $0.retry.map(\.json) },
            jobs.map { $0.timeout?.millisecondsTruncated },
            jobs.map { $0.tags.isEmpty ? nil : $0.tags.joined(separator: "\u{1F}") },
            jobs.map(\.trace),
            jobs.map(\.runAt),
            jobs.map { $0.request?.key.rawValue },
            jobs.map { $0.parent?.uuid }
        )
    }
}

/// What became of a job that was submitted.
public enum SubmissionResult: Hashable, Sendable {
    /// It is on record since that time, by the database's clock.
    case stored(at: Date)
    /// The same request was sent before, and made that job.
    case repeated(JobID)
    /// Another request was sent under the same idempotency key; nothing was stored.
    case keyReused
}

extension RetryPolicy {
    /// The policy as the `retry` column keeps it.
    var json: PostgresJSON? {
        (try? JSONEncoder().encode(self)).map { PostgresJSON(bytes: [UInt8]($0)) }
    }

    /// Reads the `retry` column.
    init(json: PostgresJSON) throws {
        self = try JSONDecoder().decode(RetryPolicy.self, from: Data(json.bytes))
    }
}

extension IdempotentRequest {
    /// A request with a body. Of JSON, the canonical bytes: a client may write the same object in another order.
    public init(key: IdempotencyKey, body: some Sequence<UInt8>) {
        self.init(key: key, fingerprint: Array(SHA256.hash(data: Array(body))))
    }
}
