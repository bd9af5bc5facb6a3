import Crypto

/// One step of a database's schema.
public struct PostgresMigration: Sendable, Hashable {
    /// Its place in the order; greater than 0.
    public let version: Int
    /// What it is for, in a few words; usually the file's name.
    public let name: String
    /// The commands.
    public let sql: String

    /// The line that lets a migration run outside a transaction, as `CREATE INDEX CONCURRENTLY` needs.
    public static let noTransactionMarker = "-- no-transaction"

    /// The line between the commands of such a migration.
    public static let separator = "-- next"

    /// What the line begins with that says which programs go on working beside the migration: those whose own migrations
    /// end at the version that follows, or later. Without it all programs that do not know the migration are refused.
    public static let compatibilityMarker = "-- compatible-with:"

    /// Makes a migration.
    ///
    /// - Parameters:
    ///   - version: Its place in the order; greater than 0.
    ///   - name: What it is for, in a few words.
    ///   - sql: The commands. They run in one transaction, unless a line says `-- no-transaction`; then they run one by
    ///     one, are separated by lines that say `-- next`, and must be safe to repeat.
    public init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }

    /// SHA-256 of the SQL's bytes, in hexadecimal.
    public var checksum: String {
        let digits = Array("0123456789abcdef".utf8)
        let digest = SHA256.hash(data: Array(sql.utf8))
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    var runsInTransaction: Bool {
        !lines.contains { Self.isMarker($0, Self.noTransactionMarker) }
    }

    /// The oldest version that programs may end at and go on working once it is applied.
    var compatibleWith: Int {
        lines.lazy.compactMap { line in
            guard line.hasPrefix(Self.compatibilityMarker) else { return nil }
            return Int(line.dropFirst(Self.compatibilityMarker.count).filter { !$0.isWhitespace })
        }.first ?? version
    }

    /// The commands that must reach the server one by one, since several at once are a transaction.
    var separateCommands: [String] {
        lines.split { Self.isMarker($0, Self.separator) }
            .map { $0.joined(separator: "\n") }
            .filter { command in command.contains { !$0.isWhitespace } }
    }

    private var lines: [Substring] {
        sql.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }

    private static func isMarker(_ line: Substring, _ marker: String) -> Bool {
        line.filter { !$0.isWhitespace } == marker.filter { !$0.isWhitespace }
    }
}
