import Concurrency

/// Where a PostgreSQL server is and how to talk to it.
public struct PostgresConfiguration: Sendable {
    /// How long connecting may take in all, name resolution included.
    public var connectTimeout: Duration
    /// After how long the server gives up a statement (`statement_timeout`); `nil` keeps the server's own setting.
    public var statementTimeout: Duration?
    /// Settings that each connection begins with, by name, such as `plan_cache_mode`; none may hold a backslash.
    public var sessionSettings: [String: String] = [:]
    /// How long a cancelled statement may take to end before its connection is given up.
    public var cancellationTimeout: Duration
    /// After how long without an acknowledgement from the peer a connection counts as dead.
    public var peerTimeout: Duration
    /// How many statements a connection keeps prepared.
    public var preparedStatementLimit: Int
    /// Where connections note how long statements take; `nil` for nowhere.
    public var statistics: PostgresStatistics?
    /// What `pg_stat_activity` shows.
    public let applicationName: String

    private let connectionString: ConnectionString

    /// Reads a URL, as libpq understands it.
    ///
    /// - Parameters:
    ///   - url: `postgres://user:password@host:port/database?sslmode=...`; several hosts, Unix sockets
    ///     (`?host=/run/postgresql`) and all of libpq's parameters are allowed.
    ///   - applicationName: What `pg_stat_activity` shows; the URL's `application_name` wins.
    ///   - connectTimeout: How long connecting may take in all; the URL's `connect_timeout` is not used.
    ///   - statementTimeout: After how long the server gives up a statement; `nil` keeps the server's own setting.
    ///   - cancellationTimeout: How long a cancelled statement may take to end before its connection is given up.
    ///   - peerTimeout: After how long without an acknowledgement a connection counts as dead.
    ///   - preparedStatementLimit: How many statements a connection keeps prepared.
    /// - Throws: ``PostgresError`` of kind `configuration`, which never quotes the password.
    public init(
        url: String,
        applicationName: String = "swift",
        connectTimeout: Duration = .seconds(5),
        statementTimeout: Duration? = nil,
        cancellationTimeout: Duration = .seconds(5),
        peerTimeout: Duration = .seconds(20),
        preparedStatementLimit: Int = 512
    ) throws(PostgresError) {
        connectionString = try ConnectionString(url: url)
        self.applicationName = connectionString["application_name"] ?? applicationName
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.cancellationTimeout = cancellationTimeout
        self.peerTimeout = peerTimeout
        self.preparedStatementLimit = preparedStatementLimit
    }

    /// The hosts as written, separated by commas; `nil` for libpq's default.
    var host: String? { connectionString["host"] }
    var port: String? { connectionString["port"] }
    var hostAddress: String? { connectionString["hostaddr"] }
    /// Whether the choice of a host needs to know all of them (`target_session_attrs=prefer-standby`).
    var comparesHosts: Bool { connectionString["target_session_attrs"] == "prefer-standby" }

    /// What libpq is given, with the URL's own words where it has some.
    ///
    /// - Parameter endpoints: The hosts with the addresses they resolve to; `nil` leaves them to libpq.
    func settings(endpoints: [Endpoint]?) -> [(keyword: String, value: String)] {
        let ours: Set<String> = ["application_name", "client_encoding", "connect_timeout", "options"]
        var settings = connectionString.settings.filter { !ours.contains($0.keyword) }
        if let endpoints {
            settings.removeAll { ["host", "hostaddr", "port"].contains($0.keyword) }
            settings.append(("host", endpoints.map(\.host).joined(separator: ",")))
            settings.append(("hostaddr", endpoints.map(\.address).joined(separator: ",")))
            settings.append(("port", endpoints.map(\.port).joined(separator: ",")))
        }
        settings.append(("application_name", applicationName))
        settings.append(("client_encoding", "UTF8"))
        if let options { settings.append(("options", options)) }
        // Without these a vanished peer is noticed after two hours.
        let seconds = max(3, Int(peerTimeout.components.seconds))
        let defaults = [
            ("keepalives_idle", "\(max(1, seconds / 2))"),
            ("keepalives_interval", "\(max(1, seconds / 6))"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "\(seconds * 1000)"),
        ]
        for (keyword, value) in defaults where connectionString[keyword] == nil { settings.append((keyword, value)) }
        return settings
    }

    private var options: String? {
        let timeout = statementTimeout.map { "-c statement_timeout=\(max(1, $0.millisecondsTruncated))" }
        let ours = sessionSettings.sorted { $0.key < $1.key }.map { name, value in
            // libpq hands the words to the server, which takes a space after a backslash as part of one (libpq, "options").
            "-c \(name)=\(value.replacing(" ", with: "\\ "))"
        }
        let all = [connectionString["options"], timeout].compactMap(\.self) + ours
        return all.isEmpty ? nil : all.joined(separator: " ")
    }
}

extension PostgresConfiguration: CustomStringConvertible {
    /// User, host and database; never the password.
    public var description: String {
        let user = connectionString["user"].map { "\($0)@" } ?? ""
        let port = connectionString["port"].map { ":\($0)" } ?? ""
        return "\(user)\(host ?? hostAddress ?? "localhost")\(port)/\(connectionString["dbname"] ?? "")"
    }
}

extension PostgresConfiguration: CustomReflectable {
    /// Hides the password from `dump` and debuggers' summaries.
    public var customMirror: Mirror { Mirror(self, children: ["server": description]) }
}
