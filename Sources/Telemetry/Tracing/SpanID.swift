/// The 8 bytes that name a span within a trace; never all zeros.
public struct SpanID: Sendable, Hashable, CustomStringConvertible {
    /// The bytes, as a big-endian number.
    public let value: UInt64

    /// Creates an id.
    ///
    /// - Returns: `nil` for zero, which W3C "Trace Context" forbids.
    public init?(_ value: UInt64) {
        guard value != 0 else {
            return nil
        }
        self.value = value
    }

    init?(lowercaseHex digits: ArraySlice<UInt8>) {
        guard let value = UInt64(lowercaseHex: digits) else {
            return nil
        }
        self.init(value)
    }

    private init(nonZero value: UInt64) {
        self.value = value
    }

    /// Makes a random id.
    public static func random(using generator: inout some RandomNumberGenerator) -> SpanID {
        SpanID(nonZero: .random(in: 1 ... .max, using: &generator))
    }

    /// The id as 16 lower-case hexadecimal digits.
    public var description: String {
        value.lowercaseHex(digits: 16)
    }
}
