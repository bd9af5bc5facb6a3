import Foundation
import JobCore

extension ControlGrant {
    init(_ grant: Grant, for claim: ControlClaim) {
        self.init()
        jobID = claim.jobID
        run = claim.run
        attempt = UInt32(grant.attempt)
        maxAttempts = UInt32(grant.maxAttempts)
        timeoutMs = UInt64(max(0, grant.timeoutMilliseconds ?? 0))
        if let bytes = grant.payload { payload = Data(bytes) }
        batchID = grant.batch ?? 0
    }
}

extension RunOutcome {
    /// Reads an outcome; nil when it names no job or says nothing.
    init?(_ message: ControlOutcome, worker: WorkerID) {
        guard let job = JobID(bytes: message.jobID), let reported = message.kind else { return nil }
        let kind: Kind =
            switch reported {
            case .success(let success):
                .success(result: success.result.isEmpty ? nil : [UInt8](success.result))
            case .failure(let failure):
                .failure(
                    RunFailure(
                        kind: failure.kind.storable(maxBytes: RunFailure.maxKindBytes),
                        error: failure.error.storable(maxBytes: RunFailure.maxErrorBytes),
                        isFinal: failure.discard,
                        retryAfter: failure.hasRetryAfterMs ? .bounded(milliseconds: failure.retryAfterMs) : nil,
                        handlerPolicy: failure.hasRetry ? RetryPolicy(failure.retry) : nil
                    )
                )
            case .release(let release):
                .release(delay: release.hasDelayMs ? .bounded(milliseconds: release.delayMs) : nil)
            case .cancelled:
                .cancelled
            }
        self.init(job: job, fence: RunFence(run: Int(message.run), worker: worker), kind: kind)
    }
}

extension Watermark {
    /// Reads a watermark; nil when its topic is none of ours or it says nothing.
    init?(_ message: ControlWatermark) {
        guard let topic = Topic(name: message.topic), let reported = message.through else { return nil }
        let through: Through =
            switch reported {
            case .queuedAt(let microseconds): .queuedAt(Date(microsecondsSince1970: microseconds))
            case .ageMs(let age): .endReached(ago: .milliseconds(Int64(clamping: age)))
            }
        self.init(topic: topic, partition: message.partition, through: through)
    }
}

extension RetryPolicy {
    /// Reads a handler's policy; nil, for the default one, when no job could be submitted with it.
    fileprivate init?(_ message: ControlRetryPolicy) {
        guard let strategy = Strategy(rawValue: message.strategy), Self.delays.contains(message.base),
            Self.factors.contains(message.factor), Self.delays.contains(message.maxDelay)
        else { return nil }
        self.init(
            strategy: strategy,
            base: message.base,
            factor: message.factor,
            maxDelay: message.maxDelay,
            jitter: message.jitter
        )
    }
}

extension Duration {
    /// A delay that a worker asked for, a year at most: the database cannot add just any number to a time.
    fileprivate static func bounded(milliseconds: UInt64) -> Duration {
        .milliseconds(Int64(min(milliseconds, UInt64(RetryPolicy.delays.upperBound) * 1_000)))
    }
}

extension String {
    /// The text without NUL, which PostgreSQL cannot keep, and not longer than so many bytes: one worker's report must not
    /// keep those of the others in its batch off the record.
    fileprivate func storable(maxBytes: Int) -> String {
        let text = contains("\0") ? replacing("\0", with: "") : self
        return text.utf8.count <= maxBytes ? text : String(decoding: text.utf8.prefix(maxBytes), as: UTF8.self)
    }
}
