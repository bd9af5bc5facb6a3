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
                        kind: failure.kind,
                        error: failure.error,
                        isFinal: failure.discard,
                        retryAfter: failure.hasRetryAfterMs ? .milliseconds(Int64(clamping: failure.retryAfterMs)) : nil
                    )
                )
            case .release(let release):
                .release(delay: release.hasDelayMs ? .milliseconds(Int64(clamping: release.delayMs)) : nil)
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
