public import Foundation
public import JobCore

/// How the platform, or a tenant's part of it, stands.
public struct Overview: Sendable {
    /// When it was looked at, by the database's clock.
    public var at: Date
    /// How many jobs are in each state, and what was counted ever.
    public var counts: JobCounts
    /// What became of jobs in the last minute, in a second.
    public var rates: FlowRates
    /// How long jobs waited that started in the last five minutes.
    public var waits: WaitBuckets
    /// For how many seconds the oldest job waits for a worker; nil when none does.
    public var oldestReadyAge: Double?
    /// How many workers there are.
    public var workers: Int
    /// How many slots these have.
    public var slots: Int
    /// How many of them are in use.
    public var usedSlots: Int
    /// How many queues there are.
    public var queues: Int
    /// How many of them are paused.
    public var pausedQueues: Int
    /// When a scheduler kept the figures last; nil when none ever did.
    public var schedulerSeenAt: Date?
}

/// How often something became of jobs, in a second. Pure.
public struct FlowRates: Hashable, Sendable {
    /// How many were submitted.
    public var submitted = 0.0
    /// How many runs succeeded.
    public var completed = 0.0
    /// How many attempts failed.
    public var failed = 0.0
    /// How many jobs moved to the dead letters.
    public var died = 0.0
    /// How many were cancelled.
    public var cancelled = 0.0

    /// The share of attempts that failed, from 0 to 1; nil when there was none.
    public var failureRatio: Double? {
        let attempts = completed + failed
        return attempts > 0 ? failed / attempts : nil
    }

    /// Nothing happened.
    public init() {}

    /// What the last minute came to: what was counted since a minute ended, and of that minute as much as is missing.
    ///
    /// - Parameters:
    ///   - counts: What has been counted ever.
    ///   - keeping: What had been counted by the end of the last minute that is on record.
    ///   - last: What was counted in that minute; nil when nothing was.
    init(_ counts: JobFlow, since keeping: FigureKeeping, last: MinuteRow?) {
        // A queue that is gone took what it had counted with it.
        let new = counts.merged(keeping.base ?? JobFlow()) { max(0, $0 - $1) }
        let passed = max(0, keeping.now.timeIntervalSince1970 - Double(keeping.closed + 1) * 60)
        let missing = max(0, 60 - passed)
        let before = last.map { missing / (60 * Double(max(1, $0.minutes))) } ?? 0
        func rate(_ count: KeyPath<JobFlow, Int64>) -> Double {
            (Double(new[keyPath: count]) + before * Double(last?.flow[keyPath: count] ?? 0)) / max(60, passed)
        }
        submitted = rate(\.submitted)
        completed = rate(\.completed)
        failed = rate(\.failed)
        died = rate(\.died)
        cancelled = rate(\.cancelled)
    }
}
