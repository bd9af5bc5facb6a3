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
