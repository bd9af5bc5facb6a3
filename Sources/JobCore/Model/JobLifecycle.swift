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
    /// Whether cancelling the job was asked for while it runs. However the run then ends, unless it succeeds, the job is cancelled.
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

/// Where a job stands in its life.
public enum JobState: String, CaseIterable, Hashable, Sendable {
    /// Waits for its `execute_at`.
    case scheduled
    /// May run now.
    case queued
    /// A worker holds it.
    case running
    /// Waits for its backoff to pass.
    case retrying
    /// Ended well.
    case completed
    /// Ended without success and lies among the dead letters.
    case dead
    /// Was cancelled.
    case cancelled

    /// Whether nothing happens to the job any more, unless it is replayed.
    public var isTerminal: Bool {
        switch self {
        case .completed, .dead, .cancelled: true
        case .scheduled, .queued, .running, .retrying: false
        }
    }
}

/// Something that happens to a job.
public enum JobEvent: Hashable, Sendable {
    /// The time it waited for has come.
    case due
    /// A worker asks to start the run of that number.
    case claim(run: Int, worker: WorkerID)
    /// The handler returned.
    case success(RunFence)
    /// The handler failed; it may say that another attempt is pointless.
    case failure(RunFence, mayRetry: Bool)
    /// The worker gives the run back unfinished, as it drains.
    case release(RunFence)
    /// The handler asks to run again later.
    case snooze(RunFence)
    /// The worker's lease ran out.
    case lost(WorkerID)
    /// Somebody calls the job off; while it runs, its worker is to be told.
    case cancel
    /// The worker stopped the run because it was told that the job is cancelled.
    case cancelled(RunFence)
    /// Somebody sends a dead job round again.
    case replay
}

/// What a write about a run must carry, besides the job's id, to have any effect.
public struct RunFence: Hashable, Sendable {
    /// The number of the run.
    public var run: Int
    /// Who was granted it.
    public var worker: WorkerID

    /// A fence for one run.
    public init(run: Int, worker: WorkerID) {
        self.run = run
        self.worker = worker
    }
}

/// Names one run of a job.
public struct RunKey: Hashable, Sendable {
    /// Of which job.
    public var job: JobID
    /// Which run.
    public var run: Int

    /// A run of a job.
    public init(job: JobID, run: Int) {
        self.job = job
        self.run = run
    }
}

/// An event that a job's present state does not allow.
public struct JobTransitionRejection: Error, Hashable, CustomStringConvertible {
    /// What was tried.
    public var event: JobEvent
    /// The job as it was, and still is.
    public var lifecycle: JobLifecycle

    /// Says what was refused and why.
    public var description: String {
        "\(event) is not possible for a job that is \(lifecycle.state) in run \(lifecycle.run)"
    }
}
