import Formats

extension JSONValueSlice {
    /// Whether it is neither an object nor an array.
    var isScalar: Bool { kind != .object && kind != .array }

    /// The value on one line: as it was sent, but for white space between its parts.
    var compact: String { String(decoding: laidOut(isPretty: false), as: UTF8.self) }

    /// The value on as many lines as it takes, two spaces for each level. Numbers and strings stay as they were sent.
    var pretty: String { String(decoding: laidOut(isPretty: true), as: UTF8.self) }

    /// Walks over the bytes, which are known to be JSON, so that names that come twice stay, too.
    private func laidOut(isPretty: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(rawBytes.count)
        var depth = 0
        var isInString = false
        var isEscaped = false
        var justOpened = false
        func newLine() {
            guard isPretty else { return }
            result.append(UInt8(ascii: "\n"))
            result.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
        }
        for byte in rawBytes {
            if isInString {
                result.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            if [0x20, 0x09, 0x0A, 0x0D].contains(byte) { continue }
            let closes = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
            if closes { depth -= 1 }
            if justOpened != closes, justOpened || closes { newLine() }
            justOpened = false
            result.append(byte)
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                justOpened = true
            case UInt8(ascii: ","): newLine()
            case UInt8(ascii: ":"): if isPretty { result.append(UInt8(ascii: " ")) }
            case UInt8(ascii: "\""): isInString = true
            default: break
            }
        }
        return result
    }
}
