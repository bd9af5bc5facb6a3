public import Foundation
public import JobCore

/// One run of a job that counted, or counts, as an attempt.
public struct JobAttempt: Hashable, Sendable {
    /// How an attempt ended.
    public enum Outcome: String, CaseIterable, Hashable, Sendable {
        /// It goes on.
        case running
        /// Its handler returned.
        case completed
        /// It failed, or was lost with its worker.
        case failed
        /// It was stopped, as the job was cancelled.
        case cancelled
    }

    /// How many attempts that failed are listed of one job: those of five lives with the most attempts a job may have.
    package static let maxListed = 500

    /// The number of the run.
    public var run: Int
    /// Which attempt it was, counted from 1; a replay begins again at 1.
    public var attempt: Int
    /// How it ended.
    public var outcome: Outcome
    /// What kind of failure it was, in one word: `error`, `no_handler`, `timeout`, `lost`.
    public var kind: String?
    /// What went wrong.
    public var error: String?
    /// Who ran it.
    public var worker: WorkerID
    /// When it was claimed.
    public var startedAt: Date
    /// When it ended.
    public var endedAt: Date?
}

extension JobAttempt {
    /// The last run of a job, as the job itself tells of it; nil when it tells of none. Of a run that failed it does not
    /// know the kind.
    init?(lastOf job: Job) {
        guard let worker = job.worker, let startedAt = job.startedAt else { return nil }
        let outcome: Outcome
        switch job.state {
        case .running: outcome = .running
        case .completed: outcome = .completed
        case .cancelled: outcome = .cancelled
        case .scheduled, .queued, .retrying, .dead: return nil
        }
        self.init(
            run: job.run,
            attempt: job.attempt,
            outcome: outcome,
            worker: worker,
            startedAt: startedAt,
            endedAt: job.finishedAt
        )
    }
}
