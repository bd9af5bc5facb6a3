/// The part of a job that transitions change, and the only place that says how.
///
/// The SQL statements of the stores say the same thing; tests hold the two against each other.
public struct JobLifecycle: Hashable, Sendable {
    /// The present state.
    public var state: JobState
    /// How often the job was claimed. Never goes back, so `(job, run, worker)` is a fence.
    public var run: Int
    /// How many attempts count towards `maxAttempts`.
    public var attempt: Int
    /// How many attempts the job has.
    public var maxAttempts: Int
    /// Who holds the job while it is running.
    public var worker: WorkerID?
    /// Whether the job was called off while it runs. However the run then ends, unless it succeeds, the job is cancelled.
    public var isCancelRequested: Bool

    /// A job that was just created.
    public init(maxAttempts: Int, isDueNow: Bool) {
        state = isDueNow ? .queued : .scheduled
        run = 0
        attempt = 0
        self.maxAttempts = maxAttempts
        worker = nil
        isCancelRequested = false
    }

    /// Applies an event.
    ///
    /// - Throws: ``JobTransitionRejection`` when the event is not possible now; nothing has changed then.
    public mutating func apply(_ event: JobEvent) throws(JobTransitionRejection) {
        switch (event, state) {
        case (.due, .scheduled), (.due, .retrying):
            state = .queued
        case (.claim(let claimed, let claimant), .queued) where claimed == run + 1:
            state = .running
            run = claimed
            attempt += 1
            worker = claimant
        case (.success(let fence), .running) where holds(fence):
            state = .completed
        case (.failure(let fence, let mayRetry), .running) where holds(fence):
            leaveRun(for: mayRetry && attempt < maxAttempts ? .retrying : .dead)
        case (.release(let fence), .running) where holds(fence):
            giveBack(for: .queued)
        case (.snooze(let fence), .running) where holds(fence):
            giveBack(for: .scheduled)
        case (.cancelled(let fence), .running) where holds(fence):
            giveBack(for: .queued)
        case (.lost(let lostWorker), .running) where lostWorker == worker:
            leaveRun(for: attempt < maxAttempts ? .queued : .dead)
        case (.cancel, .scheduled), (.cancel, .queued), (.cancel, .retrying):
            state = .cancelled
        case (.cancel, .running):
            isCancelRequested = true
        case (.replay, .dead):
            state = .queued
            attempt = 0
        default:
            throw JobTransitionRejection(event: event, lifecycle: self)
        }
    }

    /// The run ended without success.
    private mutating func leaveRun(for next: JobState) {
        state = isCancelRequested ? .cancelled : next
    }

    /// The run ended unfinished: unless that ends the job, the attempt does not count.
    private mutating func giveBack(for next: JobState) {
        leaveRun(for: next)
        if state == next {
            attempt -= 1
            worker = nil
        }
    }

    private func holds(_ fence: RunFence) -> Bool {
        fence.run == run && fence.worker == worker
    }
}
