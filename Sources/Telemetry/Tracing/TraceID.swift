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

    /// The id that follows from a number of 16 bytes and another one, and looks as random as the first of them is.
    ///
    /// - Parameters:
    ///   - id: 16 bytes, most of them random, such as a UUID.
    ///   - number: Which of the spans about that id.
    public init(hashing id: (high: UInt64, low: UInt64), _ number: Int) {
        var value = Self.mixed(id.high ^ Self.mixed(id.low ^ Self.mixed(UInt64(bitPattern: Int64(number)))))
        if value == 0 { value = 1 }
        self.value = value
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// The id as 16 lower-case hexadecimal digits.
    public var description: String {
        value.lowercaseHex(digits: 16)
    }
}

extension UInt64 {
    /// Reads one to sixteen lower-case hexadecimal digits; `nil` for anything else, capitals included.
    init?(lowercaseHex digits: ArraySlice<UInt8>) {
        guard 1...16 ~= digits.count else {
            return nil
        }
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default:
                return nil
            }
        }
        self = value
    }

    /// The number in lower-case hexadecimal, with leading zeros up to `digits`.
    func lowercaseHex(digits: Int) -> String {
        let text = String(self, radix: 16)
        return String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
    }
}
