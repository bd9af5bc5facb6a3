/// Asks servers, in their own protocols, whether they are ready to serve.
public enum ServerProbe {
    /// Succeeds if something accepts TCP connections there.
    ///
    /// - Throws: ``LocalServerError/probe(server:problem:)``.
    public static func tcp(host: String, port: Int, within limit: Duration = .seconds(2)) async throws(LocalServerError)
    {
        _ = try await TCPExchange.run(host: host, port: port, within: limit) { _ in true }
    }

    /// Succeeds if a PostgreSQL server accepts sessions.
    ///
    /// A start-up message is sent and the server's first answer looked at: a request to authenticate means that it
    /// serves; "the database system is starting up" (SQLSTATE 57P03) comes as an error.
    /// See "Message Flow: Start-up" in PostgreSQL's documentation.
    ///
    /// - Throws: ``LocalServerError/probe(server:problem:)``.
    public static func postgres(
        host: String,
        port: Int,
        user: String,
        database: String = "postgres",
        within limit: Duration = .seconds(2)
    ) async throws(LocalServerError) {
        let answer = try await TCPExchange.run(
            host: host,
            port: port,
            request: PostgresStartup.message(user: user, database: database),
            within: limit,
            isComplete: PostgresStartup.isComplete
        )
        if let problem = PostgresStartup.problem(in: answer) {
            throw .probe(server: "PostgreSQL at \(host):\(port)", problem: problem)
        }
    }

    /// Succeeds if a Redis server answers `PING`.
    ///
    /// - Throws: ``LocalServerError/probe(server:problem:)``.
    public static func redis(
        host: String,
        port: Int,
        password: String? = nil,
        within limit: Duration = .seconds(2)
    ) async throws(LocalServerError) {
        let commands = (password.map { [["AUTH", $0]] } ?? []) + [["PING"]]
        let request = commands.map { words in
            "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        }.joined()
        let answer = try await TCPExchange.run(host: host, port: port, request: Array(request.utf8), within: limit) {
            $0.count { $0 == UInt8(ascii: "\n") } >= commands.count
        }
        let lines = String(decoding: answer, as: UTF8.self).split(whereSeparator: \.isNewline)
        if let error = lines.first(where: { $0.hasPrefix("-") }) {
            throw .probe(server: "Redis at \(host):\(port)", problem: String(error.dropFirst()))
        }
    }

    /// Succeeds if a Kafka broker answers a request for metadata and names at least one broker.
    ///
    /// - Throws: ``LocalServerError/probe(server:problem:)``.
    public static func kafka(host: String, port: Int, within limit: Duration = .seconds(2))
        async throws(LocalServerError)
    {
        let answer = try await TCPExchange.run(
            host: host,
            port: port,
            request: KafkaMetadata.request,
            within: limit,
            isComplete: KafkaMetadata.isComplete
        )
        guard KafkaMetadata.brokerCount(in: answer) > 0 else {
            throw .probe(server: "Kafka at \(host):\(port)", problem: "it names no broker")
        }
    }
}
