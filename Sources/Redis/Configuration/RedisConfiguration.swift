#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where a Redis server is and how to talk to it.
public struct RedisConfiguration: Sendable, Hashable {
    /// A name or an address.
    public let host: String
    /// A TCP port.
    public let port: Int
    /// The user of Redis 6's access lists; `nil` for the default user.
    public let username: String?
    let password: String?
    /// The number of the database.
    public let database: Int
    /// How long connecting may take in all, name resolution and authentication included.
    public var connectTimeout: Duration = .seconds(3)
    /// How long a caller waits for a reply.
    public var commandTimeout: Duration = .seconds(1)
    /// After how long without any reply to a command the connection is made anew.
    public var stallTimeout: Duration = .seconds(3)
    /// How many commands may wait for their replies.
    public var maximumInFlight = 10_000
    /// How many bytes of commands may wait to be sent.
    public var maximumQueuedBytes = 16 << 20
    /// The pause after the first failure to connect; it doubles with each, and is shortened at random by up to half.
    public var firstReconnectDelay: Duration = .milliseconds(50)
    /// The longest pause between attempts to connect.
    public var longestReconnectDelay: Duration = .seconds(2)

    /// Reads a URL.
    ///
    /// - Parameter url: `redis://[[user]:password@]host[:port][/database]`, special characters percent-encoded. `rediss://`
    ///   (TLS) is refused.
    /// - Throws: ``RedisError/configuration(_:)``, which never quotes the password.
    public init(url: String) throws(RedisError) {
        let form = "Expected redis://[user:password@]host:port/database, with special characters percent-encoded."
        guard let parts = URLComponents(string: url, encodingInvalidCharacters: false) else {
            throw .configuration("The Redis URL is malformed. \(form)")
        }
        guard parts.scheme == "redis" else {
            let hint =
                parts.scheme == "rediss" ? "TLS (rediss://) is not supported; use a TLS proxy such as stunnel." : form
            throw .configuration("The Redis URL must begin with redis://. \(hint)")
        }
        guard let host = parts.host, !host.isEmpty, !host.utf8.contains(0) else {
            throw .configuration("The Redis URL names no host. \(form)")
        }
        guard (1...65535).contains(parts.port ?? 6379) else {
            throw .configuration("The Redis URL's port must be 1 to 65535. \(form)")
        }
        let path = parts.path.drop { $0 == "/" }
        guard let database = path.isEmpty ? 0 : Int(path), database >= 0 else {
            throw .configuration("The Redis URL's path must be the number of a database, such as /0. \(form)")
        }
        // Brackets around an IPv6 address belong to the URL, not to the address.
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? 6379
        username = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password.flatMap { $0.isEmpty ? nil : $0 }
        self.database = database
    }
}

extension RedisConfiguration: CustomStringConvertible, CustomReflectable {
    /// Host, port and database; never the password.
    public var description: String { "\(host):\(port)/\(database)" }

    /// Hides the password from `dump` and debuggers' summaries.
    public var customMirror: Mirror { Mirror(self, children: ["server": description]) }
}
