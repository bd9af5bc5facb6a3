import Foundation
import JobCore
import JobStore
import SwiftProtobuf

/// What workers are sent.

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
        createdAt = run.createdAt
        tags = run.tags
        if let checkpoint = run.checkpoint { self.checkpoint = Data(checkpoint) }
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

extension ControlExchanged {
    init(_ result: ExchangeResult, _ asked: WorkerExchange) {
        self.init()
        sequence = asked.sequence
        isCut = result.isCut
        lost = result.lost.map(ControlRun.init)
        if let run = result.granted.first { tenantsShare = run.tenantsShare }
        var places: [Backlog: Int] = [:]
        func place(_ backlog: Backlog) -> Int {
            if let place = places[backlog] { return place }
            places[backlog] = backlogs.count
            backlogs.append(ControlBacklog(backlog))
            return backlogs.count - 1
        }
        grants.reserveCapacity(result.granted.count)
        for run in result.granted {
            grants.append(ControlGrant(run, backlog: place(run.backlog)))
        }
        pulls = result.pulls.map { pulled in
            .with {
                $0.isExhausted = pulled.isExhausted
                $0.reached = pulled.reached ?? 0
            }
        }
    }
}
