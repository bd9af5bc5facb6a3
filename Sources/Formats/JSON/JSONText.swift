/// The text that a JSON string stands for (RFC 8259, section 7).
package enum JSONText {
    /// What some programs put before UTF-8, and JSON is sent without (RFC 8259, section 8.1).
    package static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Decodes a string that ``JSONScanner`` has accepted.
    ///
    /// - Parameters:
    ///   - document: The bytes that hold the string.
    ///   - range: The string's place, quotation marks included.
    static func decode(_ document: UnsafeBufferPointer<UInt8>, in range: Range<Int>) -> String {
        let content = UnsafeBufferPointer(rebasing: document[range.dropFirst().dropLast()])
        guard content.contains(UInt8(ascii: "\\")) else {
            return String(decoding: content, as: UTF8.self)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(content.count)
        var rest = content[...]
        while let escape = rest.firstIndex(of: UInt8(ascii: "\\")) {
            decoded.append(contentsOf: rest[..<escape])
            rest = rest[(escape + 1)...]
            decodeEscape(&rest, into: &decoded)
        }
        decoded.append(contentsOf: rest)
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Decodes one escape, `rest` standing after its backslash.
    private static func decodeEscape(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>, into decoded: inout [UInt8]) {
        switch rest.removeFirst() {
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "r"): decoded.append(UInt8(ascii: "\r"))
        case UInt8(ascii: "t"): decoded.append(UInt8(ascii: "\t"))
        case UInt8(ascii: "u"): appendScalar(&rest, into: &decoded)
        case let itself: decoded.append(itself)
        }
    }

    private static func appendScalar(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>, into decoded: inout [UInt8]) {
        var units = [takeCodeUnit(&rest)]
        if UTF16.isLeadSurrogate(units[0]) {
            // The other half follows as an escape of its own.
            rest.removeFirst(2)
            units.append(takeCodeUnit(&rest))
        }
        decoded.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
    }

    private static func takeCodeUnit(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) -> UInt16 {
        defer { rest.removeFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 4 | UInt16($1.hexadecimalDigitValue ?? 0) }
    }
}
