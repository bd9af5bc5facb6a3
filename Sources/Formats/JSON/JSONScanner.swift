/// A strict validator of JSON texts (RFC 8259).
///
/// Beyond the grammar it asks for well-formed UTF-8 without a byte order mark (section 8.1), for surrogates that come
/// in pairs (section 8.2 leaves others open, and they cannot be stored as text), and limits the depth (section 9).
struct JSONScanner {
    let document: UnsafeBufferPointer<UInt8>
    let depthLimit: Int

    /// The number of bytes accepted so far.
    private(set) var position: Int

    /// Creates a scanner that looks at `document` from `start` to its end.
    init(_ document: UnsafeBufferPointer<UInt8>, from start: Int, depthLimit: Int) {
        self.document = document
        self.depthLimit = depthLimit
        position = start
    }

    /// Accepts one value with white space around it, and nothing else.
    ///
    /// - Returns: The value's place, without the white space.
    mutating func scanDocument() throws(JSONError) -> Range<Int> {
        skipWhitespace()
        let start = position
        try scanValue(depth: 0)
        let end = position
        skipWhitespace()
        guard position == document.count else {
            throw expected("the end of the text")
        }
        return start..<end
    }

    private mutating func scanValue(depth: Int) throws(JSONError) {
        switch peek() {
        case UInt8(ascii: "{"): try scanObject(depth: depth + 1)
        case UInt8(ascii: "["): try scanArray(depth: depth + 1)
        case UInt8(ascii: "\""): try scanString()
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): try scanNumber()
        case UInt8(ascii: "t"): try scanLiteral("true")
        case UInt8(ascii: "f"): try scanLiteral("false")
        case UInt8(ascii: "n"): try scanLiteral("null")
        default: throw expected("a value")
        }
    }

    private mutating func scanObject(depth: Int) throws(JSONError) {
        try enter(depth)
        skipWhitespace()
        if accept(UInt8(ascii: "}")) {
            return
        }
        while true {
            guard peek() == UInt8(ascii: "\"") else {
                throw expected("a name in quotation marks")
            }
            try scanString()
            skipWhitespace()
            guard accept(UInt8(ascii: ":")) else {
                throw expected("\":\" after a name")
            }
            skipWhitespace()
            try scanValue(depth: depth)
            skipWhitespace()
            if accept(UInt8(ascii: "}")) {
                return
            }
            guard accept(UInt8(ascii: ",")) else {
                throw expected("\",\" or \"}\" after a member")
            }
            skipWhitespace()
        }
    }

    private mutating func scanArray(depth: Int) throws(JSONError) {
        try enter(depth)
        skipWhitespace()
        if accept(UInt8(ascii: "]")) {
            return
        }
        while true {
            try scanValue(depth: depth)
            skipWhitespace()
            if accept(UInt8(ascii: "]")) {
                return
            }
            guard accept(UInt8(ascii: ",")) else {
                throw expected("\",\" or \"]\" after an element")
            }
            skipWhitespace()
        }
    }

    private mutating func enter(_ depth: Int) throws(JSONError) {
        guard depth <= depthLimit else {
            throw JSONError(.tooDeep(limit: depthLimit), at: position, in: document)
        }
        position += 1
    }

    private mutating func scanLiteral(_ literal: StaticString) throws(JSONError) {
        let bytes = UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        guard document[position...].starts(with: bytes) else {
            throw expected("\"\(literal)\"")
        }
        position += bytes.count
    }

    private mutating func scanNumber() throws(JSONError) {
        _ = accept(UInt8(ascii: "-"))
        if !accept(UInt8(ascii: "0")) {
            try scanDigits()
        }
        if accept(UInt8(ascii: ".")) {
            try scanDigits()
        }
        if accept(UInt8(ascii: "e")) || accept(UInt8(ascii: "E")) {
            if !accept(UInt8(ascii: "+")) {
                _ = accept(UInt8(ascii: "-"))
            }
            try scanDigits()
        }
    }

    private mutating func scanDigits() throws(JSONError) {
        let start = position
        while position < document.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= document[position] {
            position += 1
        }
        if position == start {
            throw expected("a digit")
        }
    }
}

extension JSONScanner {
    private mutating func scanString() throws(JSONError) {
        position += 1
        while true {
            position = JSONWord.firstMarked(
                in: document,
                from: position,
                marks: { $0.escapeMarks | $0.nonASCIIMarks },
                isMarked: { $0 < 0x20 || $0 >= 0x80 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
            )
            switch peek() {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"):
                try scanEscape()
            case .some(0x80...):
                position += try lengthOfMultibyteScalar()
            case .some:
                throw expected("a control character in a string to be escaped")
            case nil:
                throw expected("a closing quotation mark")
            }
        }
    }

    private mutating func scanEscape() throws(JSONError) {
        position += 1
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            try scanUnicodeEscape()
        default:
            throw expected(#"one of " \ / b f n r t u after a backslash"#)
        }
    }

    private mutating func scanUnicodeEscape() throws(JSONError) {
        let escape = position - 1
        switch try scanCodeUnit() {
        case 0xD800..<0xDC00:
            let low = position
            if accept(UInt8(ascii: "\\")), peek() == UInt8(ascii: "u"), case 0xDC00..<0xE000 = try scanCodeUnit() {
                return
            }
            position = low
            throw expected(#"the second half of a surrogate pair, \uDC00 to \uDFFF"#)
        case 0xDC00..<0xE000:
            position = escape
            throw expected(#"the first half of a surrogate pair, \uD800 to \uDBFF, before its second"#)
        default:
            return
        }
    }

    /// Accepts a `u` and four hexadecimal digits.
    private mutating func scanCodeUnit() throws(JSONError) -> UInt16 {
        position += 1
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let value = peek()?.hexadecimalDigitValue else {
                throw expected("a hexadecimal digit")
            }
            unit = unit << 4 | UInt16(value)
            position += 1
        }
        return unit
    }

    /// Checks a scalar of two to four bytes against the table of well-formed sequences (Unicode Standard, table 3-7).
    private func lengthOfMultibyteScalar() throws(JSONError) -> Int {
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch document[position] {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xE1...0xEC, 0xEE...0xEF: (3, 0x80...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: throw expected("UTF-8")
            }
        guard position + length <= document.count, second ~= document[position + 1],
            document[(position + 2)..<(position + length)].allSatisfy(UTF8.isContinuation)
        else {
            throw expected("UTF-8")
        }
        return length
    }
}

extension JSONScanner {
    @inline(__always)
    private func peek() -> UInt8? {
        position < document.count ? document[position] : nil
    }

    @inline(__always)
    private mutating func accept(_ byte: UInt8) -> Bool {
        guard position < document.count, document[position] == byte else {
            return false
        }
        position += 1
        return true
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while position < document.count, document[position].isJSONWhitespace {
            position += 1
        }
    }

    private func expected(_ expected: String) -> JSONError {
        JSONError(.expected(expected, found: found()), at: position, in: document)
    }

    /// Names what stands at the position; bytes that a person cannot read by their number.
    private func found() -> String {
        switch peek() {
        case nil: "the end of the text"
        case .some(0xEF) where document[position...].starts(with: JSONText.byteOrderMark):
            "a byte order mark (EF BB BF), which JSON is sent without"
        case .some(let byte) where 0x20..<0x7F ~= byte: "\"\(Unicode.Scalar(byte))\""
        case .some(let byte): "the byte 0x" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
    }
}

extension UInt8 {
    /// Whether the byte may stand between the tokens of a JSON text (RFC 8259, section 2).
    @inline(__always)
    var isJSONWhitespace: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r")
            || self == UInt8(ascii: "\t")
    }

    /// The value of a hexadecimal digit in ASCII, in capitals or not.
    var hexadecimalDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
