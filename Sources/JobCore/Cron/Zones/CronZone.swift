import Formats

/// A time zone of the IANA database, with what its clock does at hand.
public struct CronZone: Hashable, Sendable, CustomStringConvertible {
    /// A stretch of time in which the wall clock is not set.
    struct Period: Hashable {
        /// What is added to UTC, in seconds.
        let offset: Int
        /// The first instant, in seconds since 1970, that is no longer in it; `Int.max` when there is none.
        let end: Int
    }

    /// Coordinated Universal Time, which needs no data.
    public static let utc = CronZone(identifier: "UTC", clock: ZoneClock(offset: 0))
    /// Instants from here on are not looked at: the year 10000, which RFC 3339 cannot write.
    static let horizon = CivilDate(year: WallClockPattern.lastYear + 1, month: 1, day: 1).dayNumber * 86_400

    /// The zone's name, such as `Europe/Berlin`.
    public let identifier: String
    private let clock: ZoneClock

    /// Finds a zone by its name, whose case matters, in the system's database.
    ///
    /// - Throws: ``CronError`` when there is no such zone, or nothing that can be read about it.
    public init(_ identifier: String) throws(CronError) {
        try self.init(identifier, in: .system)
    }

    /// Finds a zone in a database.
    init(_ identifier: String, in database: TimeZoneDatabase) throws(CronError) {
        guard identifier != Self.utc.identifier else {
            self = .utc
            return
        }
        self.init(identifier: identifier, clock: try database.clock(of: identifier))
    }

    private init(identifier: String, clock: ZoneClock) {
        (self.identifier, self.clock) = (identifier, clock)
    }

    /// The zone's name.
    public var description: String { identifier }

    /// What the wall clock does from an instant on, in seconds since 1970; nil past ``horizon``.
    func period(from instant: Int) -> Period? {
        instant < Self.horizon ? clock.period(from: instant) : nil
    }

    /// Zones with the same name are the same.
    public static func == (one: Self, other: Self) -> Bool { one.identifier == other.identifier }

    /// Feeds the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(identifier) }
}
