import Crypto

/// A Lua script that Redis runs as one atomic step.
public struct RedisScript: Sendable, Hashable {
    /// What errors call it.
    public let name: String
    /// The Lua text.
    public let source: String
    /// The SHA-1 of the text in hexadecimal, by which Redis knows a script it has run before.
    public let sha1: String

    /// Makes a script.
    ///
    /// - Parameters:
    ///   - name: What errors call it.
    ///   - source: The Lua text; it reads `KEYS` and `ARGV`.
    public init(name: String = "script", source: String) {
        self.name = name
        self.source = source
        let digits = Array("0123456789abcdef".utf8)
        let digest = Insecure.SHA1.hash(data: Array(source.utf8))
        sha1 = String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
