package import Foundation

/// What a schedule does at a moment: which of its instants fire, which one waits, and when to look at it again.
package struct FiringPlan: Hashable, Sendable {
    /// The instants that fire now, oldest first, each with a job of its own.
    package private(set) var fires: [Date] = []
    /// The instant that waits for a job to end.
    package private(set) var waits: Date?
    /// How many instants have no job, as the job before them has not ended.
    package private(set) var dropped = 0
    /// How many instants passed without a scheduler, and are not made up for; no more than ``mostMissed`` are counted.
    package private(set) var missed = 0
    /// Counting what was missed in a year must not take long.
    package static let mostMissed = 1_000
    /// Through when the schedule has been dealt with afterwards. Never goes back, whatever a clock does.
    package let settledAt: Date
    /// The first instant after that.
    package let nextAt: Date?

    /// Decides.
    ///
    /// - Parameters:
    ///   - schedule: As it is on record.
    ///   - isUnfinished: Whether the job of its last firing has not ended.
    ///   - now: The present time.
    /// - Throws: ``CronError`` when the record cannot be read.
    package init(
        for schedule: Schedule,
        isUnfinished: Bool,
        now: Date,
        limits: CatchUpLimits = CatchUpLimits()
    ) throws(CronError) {
        let cron = try schedule.definition.instants(createdAt: schedule.createdAt)
        var isUnfinished = isUnfinished
        if let waiting = schedule.waitingAt {
            if isUnfinished { waits = waiting } else { fires.append(waiting) }
            isUnfinished = true
        }
        let due = schedule.definition.missedRuns.instantsToFire(
            of: cron,
            after: schedule.settledAt,
            through: now,
            limits: limits
        )
        let missedThrough = now - limits.grace / .seconds(1)
        let late = cron.count(after: schedule.settledAt, through: missedThrough, atMost: Self.mostMissed)
        missed = max(0, late - due.count { $0 <= missedThrough })
        for instant in due {
            switch schedule.definition.overlap.decision(isUnfinished: isUnfinished, isWaiting: waits != nil) {
            case .fire:
                fires.append(instant)
                isUnfinished = true
            case .wait: waits = instant
            case .drop: dropped += 1
            }
        }
        settledAt = max(now, schedule.settledAt)
        nextAt = cron.next(after: settledAt)
    }
}
