/// What went wrong between this program and Redis.
///
/// It never holds a password, a key or a value of a command; ``server(_:command:)`` repeats Redis's own words.
public enum RedisError: Error, Sendable, Hashable {
    /// There is no connection at present; nothing was sent.
    case notConnected(reason: String)
    /// The connection broke after the command was sent: it may or may not have been carried out.
    case connectionLost(reason: String)
    /// No reply came in time. The command may or may not have been carried out.
    case timedOut(command: String, after: Duration)
    /// So many commands wait for their replies already; nothing was sent.
    case tooManyInFlight(limit: Int)
    /// Redis refused the command.
    case server(String, command: String)
    /// Redis answered with something that the command does not lead one to expect.
    case unexpectedReply(command: String, expected: String)
    /// A setting is wrong.
    case configuration(String)
}

extension RedisError {
    /// The first word of Redis's refusal, for example `NOSCRIPT` or `WRONGTYPE`.
    public var code: String? {
        guard case .server(let message, _) = self else { return nil }
        return message.split(separator: " ").first.map(String.init)
    }
}

extension String {
    fileprivate var withoutPeriod: Substring { hasSuffix(".") ? dropLast() : self[...] }
}

extension RedisError: CustomStringConvertible {
    /// What happened and what to do about it.
    public var description: String {
        switch self {
        case .notConnected(let reason):
            "Redis is not connected: \(reason.withoutPeriod). Nothing was sent; the connection is made again by itself."
        case .connectionLost(let reason):
            "The connection to Redis was lost: \(reason.withoutPeriod). The command may or may not have taken effect."
        case .timedOut(let command, let time):
            "Redis did not answer \(command) within \(time). It may be overloaded or run a long command; see SLOWLOG GET."
        case .tooManyInFlight(let limit):
            "\(limit) commands wait for Redis already. Send fewer at once, or raise maximumInFlight."
        case .server(let message, let command):
            "Redis refused \(command): \(message)"
        case .unexpectedReply(let command, let expected):
            "Redis answered \(command) with something else than \(expected). Is it a Redis server of version 5 or later?"
        case .configuration(let message):
            message
        }
    }
}
