package import Foundation
package import JobCore
package import QueueFlowJobs

/// One attempt at a job that no installation holds.
package struct SingleAttempt: Sendable {
    package var id: UUID
    package var run: Int
    package var attempt: Int
    package var maxAttempts: Int
    package var tenant: String
    package var queue: String
    package var priority: JobPriority
    package var timeout: Duration?
    package var backoff: JobBackoff?
    package var trace: String?
    package var queuedAt: Date
    /// When the run is told to stop, and why.
    package var stop: (after: Duration, reason: CancellationReason)?

    package init(
        id: UUID,
        run: Int,
        attempt: Int,
        maxAttempts: Int,
        tenant: String,
        queue: String,
        priority: JobPriority,
        timeout: Duration?,
        backoff: JobBackoff?,
        trace: String?,
        queuedAt: Date,
        stop: (after: Duration, reason: CancellationReason)?
    ) {
        (self.id, self.run, self.attempt, self.maxAttempts) = (id, run, attempt, maxAttempts)
        (self.tenant, self.queue, self.priority) = (tenant, queue, priority)
        (self.timeout, self.backoff, self.trace, self.queuedAt, self.stop) = (timeout, backoff, trace, queuedAt, stop)
    }
}

extension Worker {
    /// Runs a job once with the handlers and the middleware of this worker. Delays have no jitter.
    ///
    /// - Returns: What a worker at work would report of the run.
    package func runOnce(type: String, payload: Data, _ attempt: SingleAttempt) async -> RunOutcome.Kind {
        let runner = runner
        let type = JobType(validated: type)
        var policy = attempt.backoff.map(RetryPolicy.init) ?? runner.backoff(of: type)
        policy.jitter = false
        let timeout = attempt.timeout ?? runner.timeout(of: type)
        let granted = GrantedJob(
            key: RunKey(job: JobID(attempt.id), run: attempt.run),
            backlog: Backlog(
                tenant: TenantName(validated: attempt.tenant),
                queue: QueueName(validated: attempt.queue),
                priority: Priority(rawValue: attempt.priority.rawValue) ?? .normal,
                type: type
            ),
            attempt: attempt.attempt,
            maxAttempts: attempt.maxAttempts,
            timeout: timeout,
            deadline: timeout.map { .now + $0 },
            payload: payload,
            trace: attempt.trace,
            retry: policy,
            batch: 0,
            queuedAt: Int64(attempt.queuedAt.timeIntervalSince1970 * 1e6)
        )
        let handle = RunHandle()
        let (outcomes, continuation) = AsyncStream<RunOutcome.Kind>.makeStream()
        handle.started(
            Task {
                continuation.yield(await runner.run(granted, handle))
                continuation.finish()
            }
        )
        let stops = [timeout.map { ($0, .timeout) }, attempt.stop].compactMap(\.self)
        let timers = stops.map { delay, reason in
            Task {
                try await Task.sleep(for: delay)
                handle.cancel(because: reason)
            }
        }
        defer { timers.forEach { $0.cancel() } }
        let outcome = await outcomes.first { _ in true } ?? .release(delay: nil)
        let reason = handle.cancellation
        return outcome.told(
            isAbandoned: reason == .leaseLost || reason == .draining,
            isCancelled: reason == .cancelled
        )
    }
}
