import Logging
import Postgres
import TestSupport

/// A fresh, empty database for one test.
struct TestDatabase: Sendable {
    let url: String

    init() async throws {
        url = try await TestServers.shared.database()
    }

    private static let common = Task { try await TestDatabase() }

    /// A database for tests that leave nothing in it, which all of them share.
    static func shared() async throws -> TestDatabase {
        try await common.value
    }

    func configuration(_ change: (inout PostgresConfiguration) -> Void = { _ in }) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: url, applicationName: "tests", connectTimeout: .seconds(30))
        change(&configuration)
        return configuration
    }

    /// A connection, which ends when the test lets go of it.
    func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(configuration())
    }

    func pool(_ size: ClosedRange<Int> = 0...4, acquireTimeout: Duration = .seconds(30)) throws -> PostgresPool {
        PostgresPool(configuration: try configuration(), size: size, acquireTimeout: acquireTimeout, logger: .silent)
    }
}

extension Logger {
    /// Says nothing: these tests break connections on purpose.
    static let silent = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
}

extension PostgresStatement {
    /// A statement named after its text, for tests.
    static func sql(_ text: String) -> PostgresStatement { PostgresStatement(text, text) }
}

extension PostgresSession {
    /// The only value of the only row.
    func value<Value: PostgresDecodable>(
        _ sql: String,
        _ parameters: any PostgresEncodable...,
        as type: Value.Type = Value.self
    ) async throws -> Value {
        let rows = try await query(.sql(sql), parameters: parameters)
        return try rows[0].decode(0, as: type)
    }
}
