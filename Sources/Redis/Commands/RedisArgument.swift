/// A word of a command: Redis takes any bytes.
public struct RedisArgument: Sendable, Hashable {
    /// The bytes.
    public let bytes: [UInt8]

    /// Wraps bytes.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The text in UTF-8.
    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The number in decimal digits.
    public init(_ number: some BinaryInteger) {
        bytes = Array(String(number).utf8)
    }
}

extension RedisArgument: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    /// The text in UTF-8.
    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// The number in decimal digits.
    public init(integerLiteral number: Int64) {
        self.init(number)
    }
}

/// Redis's wire format of commands: an array of byte strings.
///
/// See "RESP protocol description" of Redis's documentation.
enum CommandEncoder {
    static func encode(_ words: [RedisArgument]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 + words.reduce(0) { $0 + $1.bytes.count + 16 })
        append("*", words.count, to: &bytes)
        for word in words {
            append("$", word.bytes.count, to: &bytes)
            bytes.append(contentsOf: word.bytes)
            bytes.append(contentsOf: [0x0D, 0x0A])
        }
        return bytes
    }

    private static func append(_ marker: Unicode.Scalar, _ count: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: marker))
        bytes.append(contentsOf: String(count).utf8)
        bytes.append(contentsOf: [0x0D, 0x0A])
    }
}
