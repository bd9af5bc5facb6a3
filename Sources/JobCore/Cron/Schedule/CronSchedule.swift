import Formats
public import Foundation

/// A cron expression in a time zone: it knows every instant at which it fires. All of them are whole seconds.
public struct CronSchedule: Hashable, Sendable {
    /// What the clock shows, or how much time passes, when it fires.
    public let expression: CronExpression
    /// Whose wall clock the expression is about.
    public let zone: CronZone
    /// When the schedule was made; `@every` counts from the second in which this is.
    public let createdAt: Date

    /// Puts an expression into a zone.
    ///
    /// - Parameters:
    ///   - expression: A cron expression, which may begin with `TZ=Zone`.
    ///   - timeZone: An IANA name; UTC when neither this nor the expression names a zone.
    ///   - createdAt: When the schedule was made.
    /// - Throws: ``CronError``, also when the zone is unknown or the expression names another one.
    public init(_ expression: String, timeZone: String? = nil, createdAt: Date) throws(CronError) {
        let expression = try CronExpression(expression)
        var zone = expression.zone
        if let timeZone {
            let given = try CronZone(timeZone)
            if let zone, zone != given {
                throw .conflictingZones(expression: zone.identifier, schedule: given.identifier)
            }
            zone = given
        }
        self.expression = expression
        self.zone = zone ?? .utc
        self.createdAt = createdAt
    }

    /// The first firing that is strictly later than an instant; nil when it would not come before the year 10000.
    public func next(after instant: Date) -> Date? {
        nextSecond(after: instant.secondsSince1970).map(Date.init(secondsSince1970:))
    }

    /// The firings after an instant, in order, each found when it is asked for.
    public func instants(after instant: Date) -> CronInstants {
        CronInstants(schedule: self, second: instant.secondsSince1970)
    }

    /// The first firing after an instant, both in seconds since 1970.
    func nextSecond(after second: Int) -> Int? {
        let next =
            switch expression.rule {
            case .wallClock(let pattern): pattern.nextInstant(after: second, in: zone)
            case .every(let seconds): Self.next(after: second, every: seconds, from: createdAt.secondsSince1970)
            }
        return next.flatMap { $0 < CronZone.horizon ? $0 : nil }
    }

    private static func next(after second: Int, every period: Int, from begin: Int) -> Int {
        let passed = max(0, second - begin) / period
        return begin + (passed + 1) * period
    }

    /// The last firings of a stretch of time, in order, all in seconds since 1970.
    ///
    /// Firings are found forwards only. So the latest begin from which there are enough of them is found by halving, with
    /// no more than `count` steps for a begin: a year of a schedule that fires every second costs no more than a minute of it.
    ///
    /// - Parameters:
    ///   - count: The most that are wanted.
    ///   - begin: Where the stretch begins; a firing at this very second is not in it.
    ///   - end: Where it ends; a firing at this very second is in it.
    func newest(_ count: Int, after begin: Int, through end: Int) -> [Int] {
        var (begin, end) = (begin, end)
        var newest = firings(upTo: count, after: begin, through: end)
        let last = end
        guard newest.count == count else { return newest }
        while end - begin > 1 {
            let middle = begin + (end - begin) / 2
            let found = firings(upTo: count, after: middle, through: last)
            if found.count == count { (begin, newest) = (middle, found) } else { end = middle }
        }
        return newest
    }

    /// How many firings there are in a stretch of time, as far as they are counted: no more than `limit`.
    func count(after begin: Date, through end: Date, atMost limit: Int) -> Int {
        firings(upTo: limit, after: begin.secondsSince1970, through: end.secondsSince1970).count
    }

    private func firings(upTo count: Int, after begin: Int, through end: Int) -> [Int] {
        var firings: [Int] = []
        var second = begin
        while firings.count < count, let next = nextSecond(after: second), next <= end {
            firings.append(next)
            second = next
        }
        return firings
    }

    /// The most instants that are shown at once.
    public static let longestPreview = 1_000

    /// The firings after an instant, in UTC as RFC 3339 text.
    public func preview(after instant: Date, count: Int) -> [String] {
        instants(after: instant).prefix(count).map { $0.formatted(.iso8601) }
    }
}

extension Date {
    /// The whole seconds since 1970, rounded down, and no further away than the years 1 to 10000.
    var secondsSince1970: Int {
        let earliest = CivilDate(year: 1, month: 1, day: 1).dayNumber * WallClockPattern.secondsPerDay
        // What is no number at all compares as neither.
        guard timeIntervalSince1970 > Double(earliest) else { return earliest }
        guard timeIntervalSince1970 < Double(CronZone.horizon) else { return CronZone.horizon }
        return Int(timeIntervalSince1970.rounded(.down))
    }

    /// So many seconds after 1970 began.
    init(secondsSince1970 seconds: Int) {
        self.init(timeIntervalSince1970: Double(seconds))
    }
}

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
