/// How PostgreSQL is reached.
public struct DatabaseSettings: Sendable {
    /// The server, the account and the database.
    public var url: String
    /// The most connections to open.
    public var connections: Int

    init(_ reader: inout SettingsReader) {
        url = reader.required(.databaseURL, expected: "postgres://user:password@host:port/database") {
            $0.hasPrefix("postgres://") || $0.hasPrefix("postgresql://")
        }
        connections = reader.integer(.databaseConnections, default: 16, in: 8...1_000)
    }
}
