import Formats
import Foundation
import Synchronization

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

/// The zones that were asked for. There are some 600 names, so it stays small.
final class ZoneCache: Sendable {
    static let shared = ZoneCache()

    /// The names of the IANA database without a slash. Foundation takes others too, which mean different things to different
    /// people (`IST`, `CST`) or are no names (`GMT+3`).
    private static let namesWithoutSlash: Set = [
        "CET", "CST6CDT", "Cuba", "EET", "EST", "EST5EDT", "Egypt", "Eire", "GB", "GB-Eire", "GMT", "GMT+0", "GMT-0",
        "GMT0", "Greenwich", "HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan", "Kwajalein", "Libya",
        "MET", "MST", "MST7MDT", "NZ", "NZ-CHAT", "Navajo", "PRC", "PST8PDT", "Poland", "Portugal", "ROC", "ROK",
        "Singapore", "Turkey", "UCT", "UTC", "Universal", "W-SU", "WET", "Zulu",
    ]

    private let zones = Mutex<[String: ZoneChanges]>([:])

    /// The changes of a zone; nil when the IANA database has no zone of that name.
    func changes(of identifier: String) -> ZoneChanges? {
        if let changes = zones.withLock({ $0[identifier] }) { return changes }
        guard Self.isIANAName(identifier), let zone = TimeZone(identifier: identifier) else { return nil }
        let changes = ZoneChanges(zone)
        zones.withLock { $0[identifier] = changes }
        return changes
    }

    private static func isIANAName(_ identifier: String) -> Bool {
        guard identifier.contains("/") else { return namesWithoutSlash.contains(identifier) }
        return !identifier.hasPrefix("SystemV/") && identifier != "Etc/Unknown"
    }
}
