package import Foundation
package import JobCore
import Tracing

/// What a worker was told about itself, as far as dispatch goes.
struct DispatchConfiguration: Sendable {
    /// How many jobs run at once.
    var slots: Int
    /// Which jobs it may be given.
    var scope: WorkerScope
    /// How many runs of a type go on at once, for those that have a limit of their own.
    var limits: [JobType: Int] = [:]
    /// How many percent of the slots one tenant may have while others share the installation.
    var tenantShare = 80
    /// How many places are left for urgent jobs where four times as many are claimed ahead.
    var urgentPlaces = WorkerControl.maxUrgent
    /// How long a handler that was told to stop has for it.
    var cancellationGrace = Duration.seconds(10)
    /// Beside exchanges of so many outcomes and places, one more may ask for urgent jobs alone.
    var largeExchange = 200

    /// How many slots one tenant may have then: at least one.
    var slotsOfTenant: Int { max(1, slots * tenantShare / 100) }
}

/// What a record says.
struct JobDoorbell: Sendable {
    /// The run that may start.
    var key: RunKey
    /// Where its job waits, and since when.
    var hint: BacklogHint
    /// Whether more jobs were queued there than have a record.
    var hasMore = false
    /// Whether it was queued together with many others.
    var isBulk = false
}

/// A run that was granted.
package struct GrantedJob: Sendable {
    package var key: RunKey
    package var backlog: Backlog
    package var attempt: Int
    package var maxAttempts: Int
    /// How long the attempt may take; nil means as long as it likes.
    package var timeout: Duration?
    /// When its time is up, once it runs.
    package var deadline: ContinuousClock.Instant?
    package var payload: Data
    package var trace: String?
    /// The job's own retry policy.
    package var retry: RetryPolicy?
    /// The claim batch it was granted in.
    package var batch: Int64
    /// When the job was submitted, and when it was queued, in microseconds since 1970.
    package var createdAt, queuedAt: Int64
    /// What its submitter calls it.
    package var tags: [String]
    /// What the attempt before kept, as JSON.
    package var checkpoint: [UInt8]?
    /// When the grant arrived.
    package var grantedAt = ContinuousClock.now

    package init(
        key: RunKey,
        backlog: Backlog,
        attempt: Int,
        maxAttempts: Int,
        timeout: Duration? = nil,
        payload: Data,
        trace: String? = nil,
        retry: RetryPolicy? = nil,
        batch: Int64,
        createdAt: Int64? = nil,
        queuedAt: Int64,
        tags: [String] = [],
        checkpoint: [UInt8]? = nil
    ) {
        (self.key, self.backlog, self.attempt, self.maxAttempts) = (key, backlog, attempt, maxAttempts)
        (self.timeout, self.payload, self.trace, self.retry) = (timeout, payload, trace, retry)
        (self.batch, self.createdAt, self.queuedAt) = (batch, createdAt ?? queuedAt, queuedAt)
        (self.tags, self.checkpoint) = (tags, checkpoint)
    }
}

/// A run that ended and is to be reported.
struct FinishedRun: Sendable {
    var key: RunKey
    var outcome: RunOutcome.Kind
    /// The claim batch it was granted in.
    var batch: Int64
    /// What its handler said that is not on record.
    var notes: RunNotes.Taken?
    /// The span of putting it on record.
    var settling: (any Span)?

    /// How many bytes its report has, about.
    var bytes: Int {
        let said = notes?.size ?? 0
        return switch outcome {
        case .success(let result): 64 + said + (result?.count ?? 0)
        case .failure(let failure): 128 + said + failure.error.utf8.count
        case .release, .cancelled: 64 + said
        }
    }
}

extension RunOutcome.Kind {
    /// Whether the handler got the job done.
    var isSuccess: Bool {
        if case .success = self { true } else { false }
    }

    /// What is told of it: a run that was abandoned is given back however its handler ended, and one whose job was cancelled counts as
    /// that unless the handler succeeded first.
    func told(isAbandoned: Bool, isCancelled: Bool) -> Self {
        if isAbandoned { return .release(delay: nil) }
        if case .success = self { return self }
        return isCancelled ? .cancelled : self
    }
}

/// What is reported and asked for in one message.
struct OutgoingExchange: Sendable {
    var sequence: UInt64
    /// What handlers said of runs that go on; of those that ended their outcomes tell.
    var notes: [(key: RunKey, notes: RunNotes.Taken)] = []
    var outcomes: [FinishedRun]
    var closedBatches: [Int64]
    var claims: [RunKey]
    var pulls: [(hint: BacklogHint, limit: Int)]
    /// Backlogs of which a record was dropped.
    var dropped: [BacklogHint]
    /// How many more runs could be taken.
    var free: Int
}
