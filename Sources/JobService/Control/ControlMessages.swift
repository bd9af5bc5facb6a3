import Foundation
import JobCore
import JobStore

/// What workers send, checked: nothing that comes from the wire is believed.

extension ControlGrant {
    init(_ run: GrantedRun, backlog: Int) {
        self.init()
        jobID = run.job.bytes
        self.run = UInt32(clamping: run.run)
        self.backlog = UInt32(clamping: backlog)
        attempt = UInt32(clamping: run.attempt)
        maxAttempts = UInt32(clamping: run.maxAttempts)
        timeoutMs = UInt64(max(0, run.timeoutMilliseconds ?? 0))
        payload = Data(run.payload)
        if let trace = run.trace { self.trace = trace }
        if let policy = run.retry { retry = ControlRetryPolicy(policy) }
        batchID = run.batch
        queuedAt = run.queuedAt
    }
}

extension ControlRetryPolicy {
    fileprivate init(_ policy: RetryPolicy) {
        self.init()
        strategy = policy.strategy.rawValue
        base = policy.base
        factor = policy.factor
        maxDelay = policy.maxDelay
        jitter = policy.jitter
    }
}

extension RunOutcome {
    /// Reads an outcome; nil when it names no run or says nothing. A result that is no JSON, or too large, makes the run a failure:
    /// the database would refuse it.
    init?(_ message: ControlOutcome, worker: WorkerID) {
        guard let job = JobID(bytes: message.jobID), let reported = message.kind else { return nil }
        let kind: Kind =
            switch reported {
            case .success(let success): Self.success(success.result)
            case .failure(let failure):
                .failure(
                    RunFailure(
                        kind: failure.kind.storable(maxBytes: RunFailure.maxKindBytes),
                        error: failure.error.storable(maxBytes: RunFailure.maxErrorBytes),
                        isFinal: failure.discard,
                        retryAfter: .bounded(milliseconds: failure.retryAfterMs)
                    )
                )
            case .release(let release):
                .release(delay: release.hasDelayMs ? .bounded(milliseconds: release.delayMs) : nil)
            case .cancelled:
                .cancelled
            }
        self.init(job: job, fence: RunFence(run: Int(message.run), worker: worker), kind: kind)
    }

    private static func success(_ result: Data) -> Kind {
        guard !result.isEmpty else { return .success(result: nil) }
        let bytes = [UInt8](result)
        do {
            try RunResult.check(bytes)
            return .success(result: bytes)
        } catch {
            return .failure(RunFailure(kind: "error", error: "\(error)", retryAfter: .defaultRetry))
        }
    }
}

extension Duration {
    /// When a run is tried again of which nobody says when: as the default policy has it after a first attempt.
    static var defaultRetry: Duration {
        var generator = SystemRandomNumberGenerator()
        return RetryPolicy.default.delay(afterAttempt: 1, using: &generator)
    }

    /// A delay that a worker asked for, a year at most: the database cannot add just any number to a time.
    fileprivate static func bounded(milliseconds: UInt64) -> Duration {
        .milliseconds(Int64(min(milliseconds, UInt64(RetryPolicy.delays.upperBound) * 1_000)))
    }
}

extension String {
    /// The text without NUL, which PostgreSQL cannot keep, and not longer than so many bytes.
    func storable(maxBytes: Int) -> String {
        let text = contains("\0") ? replacing("\0", with: "") : self
        return text.utf8.count <= maxBytes ? text : String(decoding: text.utf8.prefix(maxBytes - 3), as: UTF8.self)
    }
}
