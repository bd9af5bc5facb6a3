import Concurrency
import Foundation
import JobCore
import SwiftProtobuf
import Tracing

extension BacklogHint {
    /// Reads a hint; nil when its backlog is none.
    init?(_ message: ControlHint) {
        guard let backlog = Backlog(message.backlog) else { return nil }
        self.init(backlog, since: message.since)
    }
}

extension ControlExchange {
    init(_ exchange: OutgoingExchange) {
        self.init()
        sequence = exchange.sequence
        notes =
            exchange.notes.map { ControlNote($0.key, $0.notes) }
            + exchange.outcomes.compactMap { run in run.notes.map { ControlNote(run.key, $0) } }
        outcomes = exchange.outcomes.map(ControlOutcome.init)
        closedBatches = exchange.closedBatches
        claims = exchange.claims.map(ControlRun.init)
        pulls = exchange.pulls.map { hint, limit in
            .with {
                $0.backlog = ControlBacklog(hint.backlog)
                $0.limit = UInt32(clamping: limit)
                $0.since = hint.since
            }
        }
        dropped = exchange.dropped.map(ControlHint.init)
        free = UInt32(clamping: exchange.free)
    }
}

extension ControlNote {
    fileprivate init(_ key: RunKey, _ notes: RunNotes.Taken) {
        self.init()
        jobID = key.job.bytes
        run = UInt32(clamping: key.run)
        if let progress = notes.progress { (self.progress, message) = (progress.fraction, progress.message) }
        let now = ContinuousClock.now
        lines = notes.lines.map { line in
            .with {
                $0.number = UInt32(clamping: line.number)
                $0.ageMs = UInt64(max(0, line.at.duration(to: now).millisecondsTruncated))
                $0.level = line.level
                $0.message = line.message
            }
        }
        if let checkpoint = notes.checkpoint { self.checkpoint = Data(checkpoint) }
    }
}

extension ControlOutcome {
    fileprivate init(_ finished: FinishedRun) {
        self.init()
        jobID = finished.key.job.bytes
        run = UInt32(clamping: finished.key.run)
        if let settling = finished.settling { trace = RunSpans.carried(settling.context) }
        switch finished.outcome {
        case .success(let result):
            success.result = result.map { Data($0) } ?? Data()
        case .failure(let reported):
            failure.kind = reported.kind
            failure.error = reported.error
            failure.discard = reported.isFinal
            failure.retryAfterMs = UInt64(max(0, reported.retryAfter.millisecondsTruncated))
        case .release(let delay):
            release = ControlRelease()
            if let delay { release.delayMs = UInt64(max(0, delay.millisecondsTruncated)) }
        case .cancelled:
            cancelled = ControlCancelled()
        }
    }
}

extension ControlExchanged {
    /// The runs that were granted; those that cannot be read are left out, and given back by the next hello.
    var granted: [GrantedJob] {
        let backlogs = backlogs.map { Backlog($0) }
        return grants.compactMap { grant in
            guard let job = JobID(bytes: grant.jobID), Int(grant.backlog) < backlogs.count,
                let backlog = backlogs[Int(grant.backlog)]
            else { return nil }
            return GrantedJob(
                key: RunKey(job: job, run: Int(grant.run)),
                backlog: backlog,
                attempt: Int(grant.attempt),
                maxAttempts: Int(grant.maxAttempts),
                timeout: grant.timeoutMs == 0 ? nil : .milliseconds(Int64(clamping: grant.timeoutMs)),
                payload: grant.payload,
                trace: grant.trace.isEmpty ? nil : grant.trace,
                retry: grant.hasRetry ? RetryPolicy(grant.retry) : nil,
                batch: grant.batchID,
                createdAt: grant.createdAt,
                queuedAt: grant.queuedAt,
                tags: grant.tags,
                checkpoint: grant.checkpoint.isEmpty ? nil : [UInt8](grant.checkpoint)
            )
        }
    }
}

extension RetryPolicy {
    /// Reads a job's policy; nil, for the handler's or the default one, when it is of a kind that this version does not know.
    fileprivate init?(_ message: ControlRetryPolicy) {
        guard let strategy = Strategy(rawValue: message.strategy) else { return nil }
        self.init(
            strategy: strategy,
            base: message.base,
            factor: message.factor,
            maxDelay: message.maxDelay,
            jitter: message.jitter
        )
    }
}
