public import Foundation

extension CronSchedule {
    /// The most instants that are shown at once.
    public static let longestPreview = 1_000

    /// The firings after an instant, in UTC as RFC 3339 text.
    public func preview(after instant: Date, count: Int) -> [String] {
        instants(after: instant).prefix(count).map { $0.formatted(.iso8601) }
    }
}
