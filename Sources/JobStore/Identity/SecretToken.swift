import Crypto

/// Text that nobody can guess: 32 random bytes, of which only the SHA-256 is kept. With so many bits a salt or a slow
/// hash would add nothing, and its hash can be looked up.
package struct SecretToken: Sendable {
    /// What API keys begin with, so that scanners for leaked secrets know them.
    package static let apiKeyPrefix = "qf_"
    /// How much of an API key is kept in the clear, its beginning included: enough to tell keys apart, of no use to guess one.
    private static let shownCharacters = apiKeyPrefix.count + 8

    /// How many characters its text has, without a prefix.
    static let length = 2 * bytes
    private static let bytes = 32

    /// What its holder sends.
    package let text: String

    /// A new one.
    ///
    /// - Parameter prefix: What its text begins with.
    package init(prefix: String = "") {
        text = prefix + [UInt8].random(count: Self.bytes).hex
    }

    /// The beginning of an API key, for people.
    var shown: String { String(text.prefix(Self.shownCharacters)) }

    /// What is kept of it.
    package var hash: [UInt8] { Self.hash(of: text) }

    /// The digest of text that somebody sent. Looking it up by an index tells no more about the right one than that it is not it.
    package static func hash(of text: some StringProtocol) -> [UInt8] {
        Array(SHA256.hash(data: Array(text.utf8)))
    }
}

extension [UInt8] {
    /// Bytes that nobody can guess, from the system's generator.
    static func random(count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in .random(in: .min ... .max, using: &generator) }
    }
}

extension Sequence<UInt8> {
    /// Two small hexadecimal digits for each byte.
    var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
