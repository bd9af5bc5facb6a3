/// A minimal writer of JSON (RFC 8259) for log lines and health reports: values are appended to a byte buffer in order.
struct JSONText {
    /// What was written so far: UTF-8.
    private(set) var bytes: [UInt8] = []

    private var needsComma = false

    init(reservingCapacity capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    mutating func beginObject() {
        beginValue()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    mutating func beginArray() {
        beginValue()
        bytes.append(UInt8(ascii: "["))
        needsComma = false
    }

    mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// Appends a number, `true`, `false` or `null` as it stands.
    mutating func literal(_ text: String) {
        beginValue()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    /// Appends a string; one of more than `limit` bytes is cut between two scalars and ends in an ellipsis.
    mutating func string(_ value: String, limit: Int = .max) {
        beginValue()
        bytes.append(UInt8(ascii: "\""))
        let text = value.utf8
        if text.count <= limit {
            appendEscaped(text)
        } else {
            var end = text.index(text.startIndex, offsetBy: limit)
            while UTF8.isContinuation(text[end]) {
                end = text.index(before: end)
            }
            appendEscaped(text[..<end])
            bytes.append(contentsOf: "…".utf8)
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    mutating func newline() {
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func beginValue() {
        if needsComma {
            bytes.append(UInt8(ascii: ","))
        }
    }

    private mutating func appendEscaped(_ text: some Sequence<UInt8>) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"):
                bytes.append(contentsOf: #"\n"#.utf8)
            case UInt8(ascii: "\r"):
                bytes.append(contentsOf: #"\r"#.utf8)
            case UInt8(ascii: "\t"):
                bytes.append(contentsOf: #"\t"#.utf8)
            case 0x00..<0x20, 0x7F:
                bytes.append(contentsOf: #"\u00"#.utf8)
                bytes.append(contentsOf: UInt64(byte).lowercaseHex(digits: 2).utf8)
            default:
                bytes.append(byte)
            }
        }
    }
}
