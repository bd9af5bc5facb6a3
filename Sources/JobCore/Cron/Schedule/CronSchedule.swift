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
