package import JobCore

extension Worker {
    /// Runs a job once with the handlers and the middleware of this worker. Delays have no jitter.
    ///
    /// - Parameters:
    ///   - granted: The job, with the time limit and the policy that its submitter gave, if any.
    ///   - stop: When the run is told to stop, and why.
    /// - Returns: What a worker at work would report of the run.
    package func runOnce(
        _ granted: GrantedJob,
        stop: (after: Duration, reason: CancellationReason)?
    ) async -> RunOutcome.Kind {
        let (runner, type) = (runner, granted.backlog.type)
        var run = granted
        run.retry = granted.retry ?? runner.backoff(of: type)
        run.retry?.jitter = false
        run.timeout = granted.timeout ?? runner.timeout(of: type)
        run.deadline = run.timeout.map { .now + $0 }
        let handle = RunHandle()
        let (outcomes, continuation) = AsyncStream<RunOutcome.Kind>.makeStream()
        handle.started(
            Task { [run] in
                continuation.yield(await runner.run(run, handle))
                continuation.finish()
            }
        )
        let stops = [run.timeout.map { ($0, .timeout) }, stop].compactMap(\.self)
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
