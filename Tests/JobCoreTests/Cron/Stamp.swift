import Foundation
import JobCore

/// Instants as the tests write them.
enum Stamp {
    /// An instant from RFC 3339 text.
    static func date(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

    /// RFC 3339 text in UTC.
    static func text(_ date: Date) -> String { date.formatted(.iso8601) }

    /// The next instants of an expression as text.
    static func next(_ expression: String, in zone: String? = nil, after text: String, count: Int = 1) throws
        -> [String]
    {
        let from = try date(text)
        let schedule = try CronSchedule(expression, timeZone: zone, createdAt: from)
        return schedule.instants(after: from).prefix(count).map(Self.text)
    }
}
