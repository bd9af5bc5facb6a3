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
    /// How many firings made no job, as its tenant or its queue had no room for one.
    public var skipped: Int
    /// When the last of them was due to.
    public var skippedAt: Date?
    /// Which limit left no room.
    public var skippedReason: String?

    /// One with all that it has.
    package init(
        id: ScheduleID,
        tenant: TenantName,
        definition: ScheduleDefinition,
        isPaused: Bool,
        settledAt: Date,
        nextAt: Date? = nil,
        waitingAt: Date? = nil,
        lastAt: Date? = nil,
        lastJob: JobID? = nil,
        createdAt: Date,
        updatedAt: Date,
        version: Int,
        skipped: Int = 0,
        skippedAt: Date? = nil,
        skippedReason: String? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.definition = definition
        self.isPaused = isPaused
        self.settledAt = settledAt
        self.nextAt = nextAt
        self.waitingAt = waitingAt
        self.lastAt = lastAt
        self.lastJob = lastJob
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.version = version
        self.skipped = skipped
        self.skippedAt = skippedAt
        self.skippedReason = skippedReason
    }
}

/// What the owner of a schedule says about it: when it fires, and which jobs it makes.
public struct ScheduleDefinition: Hashable, Sendable {
    /// What it is called.
    public var name: ScheduleName
    /// When it fires, as a cron expression.
    public var cron: String
    /// The IANA name of the zone whose clock is meant; nil when the expression says so itself or means UTC.
    public var timeZone: String?
    /// What becomes of missed firings.
    public var missedRuns: MissedRunPolicy
    /// What becomes of firings while an earlier job goes on.
    public var overlap: OverlapPolicy
    /// What its jobs are like.
    public var job: JobTemplate

    /// A definition with the default policies unless others are given.
    public init(
        name: ScheduleName,
        cron: String,
        timeZone: String? = nil,
        missedRuns: MissedRunPolicy = .default,
        overlap: OverlapPolicy = .default,
        job: JobTemplate
    ) {
        self.name = name
        self.cron = cron
        self.timeZone = timeZone
        self.missedRuns = missedRuns
        self.overlap = overlap
        self.job = job
    }

    /// The instants at which it fires.
    ///
    /// - Parameter createdAt: When the schedule was made; `@every` counts from then.
    /// - Throws: ``CronError`` when the expression or the zone cannot be read.
    public func instants(createdAt: Date) throws(CronError) -> CronSchedule {
        try CronSchedule(cron, timeZone: timeZone, createdAt: createdAt)
    }
}
