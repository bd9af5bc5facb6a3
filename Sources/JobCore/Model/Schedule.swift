public import Foundation

/// A schedule as it is on record.
public struct Schedule: Hashable, Sendable {
    /// Its id.
    public var id: ScheduleID
    /// Whose it is, and its jobs.
    public var tenant: TenantName
    /// What its owner says about it.
    public var definition: ScheduleDefinition
    /// Whether it rests.
    public var isPaused: Bool
    /// Through when its instants have been dealt with: none up to here fires any more.
    public var settledAt: Date
    /// Its first instant after that; nil when there is none before the year 10000.
    public var nextAt: Date?
    /// The instant that waits for the last job to end.
    public var waitingAt: Date?
    /// The instant that fired last.
    public var lastAt: Date?
    /// The job which that firing made.
    public var lastJob: JobID?
    /// When it was made.
    public var createdAt: Date
    /// When its owner last changed it.
    public var updatedAt: Date
    /// How often its owner wrote it, counted from 1.
    public var version: Int
}
