import Foundation

/// A time zone of the IANA database, with its changes from 1970 to 2100 at hand.
public struct CronZone: Hashable, Sendable, CustomStringConvertible {
    /// A stretch of time in which the wall clock is not set.
    struct Period: Hashable {
        /// What is added to UTC, in seconds.
        let offset: Int
        /// The first instant, in seconds since 1970, that is no longer in it; `Int.max` when there is none.
        let end: Int
    }

    /// Coordinated Universal Time.
    public static let utc = CronZone(identifier: "UTC", changes: ZoneChanges(.gmt))
    /// Instants from here on are not looked at: the year 10000, which RFC 3339 cannot write.
    static let horizon = CivilDate(year: WallClockPattern.lastYear + 1, month: 1, day: 1).dayNumber * 86_400

    /// The zone's name, such as `Europe/Berlin`.
    public let identifier: String
    private let changes: ZoneChanges

    /// Finds a zone by its name, whose case matters.
    ///
    /// - Throws: ``CronError/unknownZone(_:)``.
    public init(_ identifier: String) throws(CronError) {
        guard identifier != Self.utc.identifier else {
            self = .utc
            return
        }
        guard let changes = ZoneCache.shared.changes(of: identifier) else { throw .unknownZone(identifier) }
        self.init(identifier: identifier, changes: changes)
    }

    private init(identifier: String, changes: ZoneChanges) {
        (self.identifier, self.changes) = (identifier, changes)
    }

    /// The zone's name.
    public var description: String { identifier }

    /// What the wall clock does from an instant on, in seconds since 1970; nil past ``horizon``.
    func period(from instant: Int) -> Period? {
        instant < Self.horizon ? changes.period(from: instant) : nil
    }

    /// Zones with the same name are the same.
    public static func == (one: Self, other: Self) -> Bool { one.identifier == other.identifier }

    /// Feeds the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(identifier) }
}
