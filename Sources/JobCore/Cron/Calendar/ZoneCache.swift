import Foundation
import Synchronization

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
