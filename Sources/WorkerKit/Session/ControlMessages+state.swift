import Foundation
import JobCore

extension ControlClaim {
    init(_ record: WaitingRecord) {
        self.init()
        jobID = record.job.bytes
        run = UInt32(record.run)
        wantsPayload = record.payload == nil
    }
}

extension ControlOutcome {
    init(_ finished: FinishedRun) {
        self.init()
        jobID = finished.key.job.bytes
        run = UInt32(finished.key.run)
        switch finished.outcome {
        case .success(let result):
            success.result = result.map { Data($0) } ?? Data()
        case .failure(let reported):
            failure.kind = reported.kind
            failure.error = reported.error
            failure.discard = reported.isFinal
            if let policy = reported.handlerPolicy { failure.retry = ControlRetryPolicy(policy) }
            if let delay = reported.retryAfter { failure.retryAfterMs = UInt64(max(0, delay.wholeMilliseconds)) }
        case .release(let delay):
            release = ControlRelease()
            if let delay { release.delayMs = UInt64(max(0, delay.wholeMilliseconds)) }
        case .cancelled:
            cancelled = ControlCancelled()
        }
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
