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

/// A request for metadata without topics, and the part of its answer that tells whether the broker is ready.
///
/// Version 1 of `Metadata` (api key 3), of which every broker so far understands the form: see "Metadata API" in the
/// Kafka protocol guide.
enum KafkaMetadata {
    /// Size, then header (api key, version, correlation id, client id), then an empty array of topics.
    static let request: [UInt8] = {
        let client = Array("queueflow-probe".utf8)
        let body: [UInt8] = [0, 3, 0, 1, 0, 0, 0, 1, 0, UInt8(client.count)] + client + [0, 0, 0, 0]
        return bytes(of: UInt32(body.count)) + body
    }()

    static func isComplete(_ answer: [UInt8]) -> Bool {
        guard let size = integer(answer, at: 0) else { return false }
        return answer.count >= 4 + Int(size)
    }

    /// The number of brokers named; 0 also for an answer of another form.
    static func brokerCount(in answer: [UInt8]) -> Int {
        guard integer(answer, at: 4) == 1, let count = integer(answer, at: 8) else { return 0 }
        return Int(Int32(bitPattern: count))
    }

    private static func bytes(of number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    private static func integer(_ bytes: [UInt8], at offset: Int) -> UInt32? {
        guard bytes.count >= offset + 4 else { return nil }
        return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// The first message of a PostgreSQL session, and what the server's first answer says.
///
/// See "Message Formats" in PostgreSQL's documentation: `StartupMessage`, `Authentication...` (`R`), `ErrorResponse` (`E`).
enum PostgresStartup {
    static func message(user: String, database: String) -> [UInt8] {
        let protocolVersion: UInt32 = 3 << 16
        var body = bytes(of: protocolVersion)
        for text in ["user", user, "database", database] { body += Array(text.utf8) + [0] }
        body.append(0)
        return bytes(of: UInt32(body.count + 4)) + body
    }

    static func isComplete(_ answer: [UInt8]) -> Bool {
        // A kind of one byte, then a length of four that counts itself.
        guard answer.count >= 5 else { return false }
        return answer.count >= 1 + answer[1..<5].reduce(0) { $0 << 8 | Int($1) }
    }

    /// Why the server does not serve; nil when it does.
    static func problem(in answer: [UInt8]) -> String? {
        switch answer.first {
        case UInt8(ascii: "R"): return nil
        case UInt8(ascii: "E"):
            // Fields of one letter and a text each; M is the message.
            let fields = answer.dropFirst(5).split(separator: 0)
            let message = fields.first { $0.first == UInt8(ascii: "M") }
            return message.map { String(decoding: $0.dropFirst(), as: UTF8.self) } ?? "it refused the session"
        default: return "it does not speak PostgreSQL's protocol"
        }
    }

    private static func bytes(of number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }
}
