package import JobCore

/// A run of a job by a worker's handlers and middleware, apart from any installation. Delays have no jitter.
package struct SingleRun: Sendable {
    /// The job, with the time limit and the policy that hold for it.
    package let granted: GrantedJob

    private let runner: JobRunner
    private let handle = RunHandle()

    /// A run that has not started.
    ///
    /// - Parameters:
    ///   - granted: The job, with the time limit and the policy that its submitter gave, if any.
    ///   - runner: Calls the handlers.
    package init(of granted: GrantedJob, by runner: JobRunner) {
        let type = granted.backlog.type
        var run = granted
        run.retry = granted.retry ?? runner.backoff(of: type)
        run.retry?.jitter = false
        run.timeout = granted.timeout ?? runner.timeout(of: type)
        run.deadline = run.timeout.map { .now + $0 }
        self.granted = run
        self.runner = runner
    }

    /// Tells the handler to stop. The first reason counts.
    package func stop(because reason: CancellationReason) {
        handle.cancel(because: reason)
    }

    /// Calls the handler; to be done once.
    ///
    /// - Returns: What a worker at work would report of the run.
    package func outcome() async -> RunOutcome.Kind {
        let (outcomes, continuation) = AsyncStream<RunOutcome.Kind>.makeStream()
        handle.started(
            Task { [self] in
                continuation.yield(await runner.run(granted, handle))
                continuation.finish()
            }
        )
        let outcome = await outcomes.first { _ in true } ?? .release(delay: nil)
        let reason = handle.cancellation
        return outcome.told(
            isAbandoned: reason == .leaseLost || reason == .draining,
            isCancelled: reason == .cancelled
        )
    }
}

extension Worker {
    /// Runs a job once with the handlers and the middleware of this worker.
    ///
    /// - Parameters:
    ///   - granted: The job, with the time limit and the policy that its submitter gave, if any.
    ///   - stop: When the run is told to stop, and why.
    /// - Returns: What a worker at work would report of the run.
    package func runOnce(
        _ granted: GrantedJob,
        stop: (after: Duration, reason: CancellationReason)?
    ) async -> RunOutcome.Kind {
        let run = SingleRun(of: granted, by: runner)
        let stops = [run.granted.timeout.map { ($0, .timeout) }, stop].compactMap(\.self)
        let timers = stops.map { delay, reason in
            Task {
                try await Task.sleep(for: delay)
                run.stop(because: reason)
            }
        }
        defer { timers.forEach { $0.cancel() } }
        return await run.outcome()
    }
}
