package import JobCore

extension RunNote {
    fileprivate init(_ source: Source, _ taken: RunNotes.Taken) {
        self.init(source: source, progress: taken.progress, checkpoint: taken.checkpoint)
        lines = taken.lines.map { Line(number: $0.number, age: .zero, level: $0.level, message: $0.message) }
    }
}

extension Worker {
    /// Runs a job once with the handlers and the middleware of this worker. Delays have no jitter.
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
        let (runner, type) = (runner, granted.backlog.type)
        var run = granted
        run.retry = granted.retry ?? runner.backoff(of: type)
        run.retry?.jitter = false
        run.timeout = granted.timeout ?? runner.timeout(of: type)
        run.deadline = run.timeout.map { .now + $0 }
        let source = RunNote.Source(job: run.key.job, fence: RunFence(run: run.key.run, worker: .make()))
        let notes = RunNotes(checkpoint: run.checkpoint) { notes in
            guard let taken = notes.take() else { return }
            keep(RunNote(source, taken))
            notes.acknowledged(taken)
        }
        let handle = RunHandle(notes: notes)
        let (outcomes, continuation) = AsyncStream<RunOutcome.Kind>.makeStream()
        handle.started(
            Task { [run] in
                continuation.yield(await runner.run(run, handle, submit))
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
        let told = outcome.told(
            isAbandoned: reason == .leaseLost || reason == .draining,
            isCancelled: reason == .cancelled
        )
        if let rest = notes.end(isDone: told.isSuccess) { keep(RunNote(source, rest)) }
        return told
    }
}
