/// The 16 bytes that name a trace; never all zeros.
public struct TraceID: Sendable, Hashable, CustomStringConvertible {
    /// The first eight bytes, as a big-endian number.
    public let high: UInt64

    /// The last eight bytes, as a big-endian number.
    public let low: UInt64

    /// Creates an id from its halves.
    ///
    /// - Returns: `nil` when both are zero, which W3C "Trace Context" forbids.
    public init?(high: UInt64, low: UInt64) {
        guard high != 0 || low != 0 else {
            return nil
        }
        self.high = high
        self.low = low
    }

    init?(lowercaseHex digits: ArraySlice<UInt8>) {
        guard let high = UInt64(lowercaseHex: digits.prefix(16)), let low = UInt64(lowercaseHex: digits.dropFirst(16))
        else {
            return nil
        }
        self.init(high: high, low: low)
    }

    private init(high: UInt64, nonZeroLow: UInt64) {
        self.high = high
        self.low = nonZeroLow
    }

    /// Makes a random id.
    public static func random(using generator: inout some RandomNumberGenerator) -> TraceID {
        TraceID(high: generator.next(), nonZeroLow: .random(in: 1 ... .max, using: &generator))
    }

    /// The id as 32 lower-case hexadecimal digits.
    public var description: String {
        high.lowercaseHex(digits: 16) + low.lowercaseHex(digits: 16)
    }
}
