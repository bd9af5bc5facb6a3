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
