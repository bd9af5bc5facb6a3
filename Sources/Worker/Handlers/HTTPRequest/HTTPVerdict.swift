import Foundation

/// What an answer's status means for the job.
enum HTTPVerdict: Hashable {
    /// The longest delay that a server may ask for.
    static let maxRetryAfter = Duration.seconds(86_400)

    /// It is what was wanted.
    case success
    /// Another attempt may go better; after that long if the server said so.
    case retry(after: Duration?)
    /// The same request will be answered in the same way.
    case discard

    /// Judges a status.
    ///
    /// - Parameters:
    ///   - expected: The statuses that mean success; nil for 200 to 299.
    ///   - retryAfter: The header `Retry-After` (RFC 9110, section 10.2.3).
    init(status: Int, expected: [Int]?, retryAfter: String?, now: Date) {
        if expected?.contains(status) ?? (200...299).contains(status) {
            self = .success
        } else if status >= 500 || [408, 425, 429].contains(status) {
            self = .retry(after: retryAfter.flatMap { Self.delay($0, now: now) })
        } else {
            self = .discard
        }
    }

    /// Reads a number of seconds or a time.
    private static func delay(_ text: String, now: Date) -> Duration? {
        if let seconds = Int64(text) {
            return seconds < 0 ? nil : min(.seconds(seconds), maxRetryAfter)
        }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        guard let seconds = format.date(from: text)?.timeIntervalSince(now) else { return nil }
        return .seconds(min(max(0, seconds), 86_400))
    }
}
