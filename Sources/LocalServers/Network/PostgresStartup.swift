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
