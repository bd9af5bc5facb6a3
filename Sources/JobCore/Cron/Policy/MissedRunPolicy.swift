public import Foundation

/// What becomes of firings that were due while no scheduler ran, or while the schedule was paused.
///
/// A firing is missed when it is as late as the grace of ``CatchUpLimits``. One that is on time fires under every policy.
public enum MissedRunPolicy: String, CaseIterable, Hashable, Sendable, Codable {
    /// What was missed does not happen.
    case skip
    /// However many were missed, one firing makes up for them: the newest that is due.
    case latest
    /// Everything that was missed happens, oldest first, within the window and up to the count of the limits.
    case all

    /// What a schedule does that says nothing.
    public static let `default` = MissedRunPolicy.latest

    /// The instants of a schedule that fire now.
    ///
    /// Afterwards nothing up to `now` is owed any more, whatever was left out: the next call goes on from `now`.
    ///
    /// - Parameters:
    ///   - schedule: What fires.
    ///   - last: Through when the schedule has been dealt with: its last firing, its creation, or the last such call.
    ///   - now: The present; nothing later fires.
    ///   - limits: How far to go back.
    /// - Returns: Instants later than `last`, oldest first, no more than the limits allow.
    public func instantsToFire(
        of schedule: CronSchedule,
        after last: Date,
        through now: Date,
        limits: CatchUpLimits = CatchUpLimits()
    ) -> [Date] {
        let (begin, end) = (last.secondsSince1970, now.secondsSince1970)
        func second(_ ago: Duration) -> Int { (now - ago / .seconds(1)).secondsSince1970 }
        let missedThrough = second(limits.grace)
        let due =
            switch self {
            case .skip:
                schedule.newest(limits.count, after: max(begin, missedThrough), through: end)
            case .latest:
                if let first = schedule.nextSecond(after: begin), first <= missedThrough {
                    schedule.newest(1, after: begin, through: end)
                } else {
                    schedule.newest(limits.count, after: begin, through: end)
                }
            case .all:
                schedule.newest(limits.count, after: max(begin, second(limits.window)), through: end)
            }
        return due.map(Date.init(secondsSince1970:))
    }
}

/// How far a schedule goes back for firings that it missed.
public struct CatchUpLimits: Hashable, Sendable {
    /// The most instants that fire at once; when there are more, the newest do.
    public var count: Int
    /// How old a firing may be that `all` still makes up for.
    public var window: Duration
    /// How late a firing may be without counting as missed.
    public var grace: Duration

    /// Limits of one's own.
    ///
    /// - Parameters:
    ///   - count: At least 1; 100 is what a Kubernetes CronJob puts up with.
    ///   - window: A year, as in a Temporal schedule, so that `all` means all unless there are too many.
    ///   - grace: Long enough for another scheduler to step in, short enough not to be noticed.
    public init(count: Int = 100, window: Duration = .seconds(365 * 86_400), grace: Duration = .seconds(5)) {
        self.count = max(1, count)
        self.window = window
        self.grace = grace
    }
}
