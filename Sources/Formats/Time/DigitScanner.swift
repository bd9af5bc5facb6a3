/// Reads the parts of an RFC 3339 time, one after the other.
struct DigitScanner {
    private let bytes: [UInt8]
    private var position = 0

    /// Starts at the first byte.
    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Whether all bytes were read.
    var isAtEnd: Bool { position == bytes.count }

    /// Passes over a character, if it comes next.
    mutating func accept(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
        position += 1
        return true
    }

    /// Reads a number of exactly so many digits.
    mutating func number(digits: Int) -> Int? {
        var value: Int = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Reads the fraction of a second, in microseconds: 0 when there is none, nil when it has no digits.
    mutating func fraction() -> Int? {
        guard accept(".") else { return 0 }
        guard var value = digit() else { return nil }
        var digits = 1
        while let digit = digit() {
            if digits < 6 {
                value = value * 10 + digit
                digits += 1
            }
        }
        return (digits..<6).reduce(value) { value, _ in value * 10 }
    }

    /// Reads the offset from UTC, in seconds.
    mutating func offset() -> Int? {
        if accept("Z") || accept("z") { return 0 }
        let isWest = accept("-")
        guard isWest || accept("+"), let hours = number(digits: 2), hours < 24, accept(":"),
            let minutes = number(digits: 2), minutes < 60
        else { return nil }
        return (hours * 3_600 + minutes * 60) * (isWest ? -1 : 1)
    }

    private mutating func digit() -> Int? {
        guard position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else {
            return nil
        }
        defer { position += 1 }
        return Int(bytes[position] - UInt8(ascii: "0"))
    }
}
