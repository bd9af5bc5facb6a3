public import Foundation

/// The coming firings of a schedule, found one by one; there may be no end to them before the year 10000.
public struct CronInstants: Sequence, IteratorProtocol, Sendable {
    private let schedule: CronSchedule
    private var second: Int?

    /// Begins after an instant, in seconds since 1970.
    init(schedule: CronSchedule, second: Int) {
        self.schedule = schedule
        self.second = second
    }

    /// The next firing; nil when none comes before the year 10000.
    public mutating func next() -> Date? {
        second = second.flatMap(schedule.nextSecond)
        return second.map(Date.init(secondsSince1970:))
    }
}
