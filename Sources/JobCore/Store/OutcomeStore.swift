import Foundation
public import Postgres

/// Puts on record how runs ended.
public struct OutcomeStore: Sendable {
    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Records a batch of outcomes, of any workers. An outcome whose fence no longer holds changes nothing, so each may
    /// be reported any number of times.
    ///
    /// - Returns: What the outcomes led to.
    public func record(_ outcomes: [RunOutcome]) async throws -> EndedRuns {
        var successes: [(RunOutcome, [UInt8]?)] = []
        var failures: [(RunOutcome, RunFailure)] = []
        var releases: [(RunOutcome, Duration?)] = []
        for outcome in outcomes {
            switch outcome.kind {
            case .success(let result): successes.append((outcome, result))
            case .failure(let failure): failures.append((outcome, failure))
            case .release(let delay): releases.append((outcome, delay))
            // Whether the job was called off, the row says: one that was not must not stay without an outcome.
            case .cancelled: releases.append((outcome, nil))
            }
        }
        var ended = EndedRuns()
        if !successes.isEmpty { try await complete(successes) }
        if !failures.isEmpty { try await fail(failures, into: &ended) }
        if !releases.isEmpty { try await release(releases, into: &ended) }
        return ended
    }

    private func complete(_ successes: [(outcome: RunOutcome, result: [UInt8]?)]) async throws {
        _ = try await pool.query(
            Statements.completeJobs,
            successes.map(\.outcome.job.uuid),
            successes.map { Int32($0.outcome.fence.run) },
            successes.map(\.outcome.fence.worker.uuid),
            successes.map { $0.result.map(PostgresJSON.init(bytes:)) }
        )
    }

    private func fail(_ failures: [(outcome: RunOutcome, failure: RunFailure)], into ended: inout EndedRuns)
        async throws
    {
        let running = try await pool.query(
            Statements.runningJobs,
            failures.map(\.outcome.job.uuid),
            failures.map { Int32($0.outcome.fence.run) },
            failures.map(\.outcome.fence.worker.uuid)
        )
        let reported = Dictionary(failures.map { ($0.outcome.job, $0) }, uniquingKeysWith: { first, _ in first })
        var generator = SystemRandomNumberGenerator()
        var decided:
            [(outcome: RunOutcome, failure: RunFailure, decision: FailureDecision, fingerprint: ErrorFingerprint)] = []
        for row in running {
            guard let (outcome, failure) = reported[JobID(try row.decode("id", as: UUID.self))] else { continue }
            let policy = try row.decode("retry", as: PostgresJSON?.self).map { try RetryPolicy(json: $0) }
            let decision = FailureDecision(
                attempt: Int(try row.decode("attempt", as: Int32.self)),
                maxAttempts: Int(try row.decode("max_attempts", as: Int32.self)),
                isFinal: failure.isFinal,
                retryAfter: failure.retryAfter,
                policy: policy ?? failure.handlerPolicy ?? .default,
                using: &generator
            )
            let fingerprint = ErrorFingerprint(
                type: try row.decode("type", as: String.self),
                kind: failure.kind,
                error: failure.error
            )
            decided.append((outcome, failure, decision, fingerprint))
        }
        guard !decided.isEmpty else { return }
        let results = try await pool.pipeline([
            Statements.failJobs.bind(
                decided.map(\.outcome.job.uuid),
                decided.map { Int32($0.outcome.fence.run) },
                decided.map(\.outcome.fence.worker.uuid),
                decided.map(\.failure.kind),
                decided.map(\.failure.error),
                decided.map(\.decision.delayMilliseconds),
                decided.map(\.decision.reason?.rawValue),
                decided.map(\.fingerprint.rawValue)
            ),
            Statements.announceTimers.bind(),
        ])
        for row in results[0] { try ended.add(row) }
    }

    private func release(
        _ releases: [(outcome: RunOutcome, delay: Duration?)],
        into ended: inout EndedRuns
    ) async throws {
        let results = try await pool.pipeline([
            Statements.releaseJobs.bind(
                releases.map(\.outcome.job.uuid),
                releases.map { Int32($0.outcome.fence.run) },
                releases.map(\.outcome.fence.worker.uuid),
                releases.map { $0.delay?.wholeMilliseconds },
                Int32(JobAnnouncement.maxInlinePayloadBytes)
            ),
            Statements.announceTimers.bind(),
        ])
        for row in results[0] { try ended.add(row) }
    }
}

extension FailureDecision {
    fileprivate var delayMilliseconds: Int64? {
        if case .retry(let delay) = self { delay.wholeMilliseconds } else { nil }
    }

    fileprivate var reason: DeadReason? {
        if case .bury(let reason) = self { reason } else { nil }
    }
}
