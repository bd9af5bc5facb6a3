package import JobCore

/// A run of a job by a worker's handlers and middleware, apart from any installation. Delays have no jitter.
package struct SingleRun: Sendable {
    /// The job, with the time limit and the policy that hold for it.
    package let granted: GrantedJob

    private let runner: JobRunner
    private let handle: RunHandle
    private let submit: SubmitChildren
    private let keep: @Sendable (RunNote) -> Void

    /// A run that has not started.
    ///
    /// - Parameters:
    ///   - granted: The job, with the time limit and the policy that its submitter gave, if any.
    ///   - runner: Calls the handlers.
    ///   - submit: Submits the jobs that the handler submits.
    ///   - keep: Is given what the handler says of the run, as it says it.
    package init(
        of granted: GrantedJob,
        by runner: JobRunner,
        submit: @escaping SubmitChildren,
        keep: @escaping @Sendable (RunNote) -> Void
    ) {
        let type = granted.backlog.type
        var run = granted
        run.retry = granted.retry ?? runner.backoff(of: type)
        run.retry?.jitter = false
        run.timeout = granted.timeout ?? runner.timeout(of: type)
        run.deadline = run.timeout.map { .now + $0 }
        self.granted = run
        self.runner = runner
        self.submit = submit
        self.keep = keep
        let source = RunNote.Source(job: run.key.job, fence: RunFence(run: run.key.run, worker: .make()))
        handle = RunHandle(
            notes: RunNotes(checkpoint: run.checkpoint) { notes in
                guard let taken = notes.take() else { return }
                keep(RunNote(source, taken))
                notes.acknowledged(taken)
            }
        )
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
                continuation.yield(await runner.run(granted, handle, submit))
                continuation.finish()
            }
        )
        let outcome = await outcomes.first { _ in true } ?? .release(delay: nil)
        let reason = handle.cancellation
        let told = outcome.told(
            isAbandoned: reason == .leaseLost || reason == .draining,
            isCancelled: reason == .cancelled
        )
        if let rest = handle.notes.end(isDone: told.isSuccess) {
            let fence = RunFence(run: granted.key.run, worker: .make())
            keep(RunNote(RunNote.Source(job: granted.key.job, fence: fence), rest))
        }
        return told
    }
}

extension RunNote {
    fileprivate init(_ source: Source, _ taken: RunNotes.Taken) {
        self.init(source: source, progress: taken.progress, checkpoint: taken.checkpoint)
        lines = taken.lines.map { Line(number: $0.number, age: .zero, level: $0.level, message: $0.message) }
    }
}

extension Worker {
    /// Runs a job once with the handlers and the middleware of this worker.
    ///
    /// - Parameters:
    ///   - granted: The job, with the time limit and the policy that its submitter gave, if any.
    ///   - stop: When the run is told to stop, and why.
    ///   - submit: Submits the jobs that the handler submits.
    ///   - keep: Is given what the handler says of the run, as it says it.
    /// - Returns: What a worker at work would report of the run.
    package func runOnce(
        _ granted: GrantedJob,
        stop: (after: Duration, reason: CancellationReason)?,
        submit: @escaping SubmitChildren,
        keep: @escaping @Sendable (RunNote) -> Void
    ) async -> RunOutcome.Kind {
        let run = SingleRun(of: granted, by: runner, submit: submit, keep: keep)
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
