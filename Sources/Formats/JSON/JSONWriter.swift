/// A writer of JSON (RFC 8259) that appends to a byte buffer, without white space.
///
/// Values are written in order; the writer puts the commas and escapes:
///
///     var writer = JSONWriter()
///     writer.object { job in
///         job.member("id", "0194…")
///         job.name("payload")
///         job.raw(payload)
///     }
///
/// Inside an object every value follows a ``name(_:)``. A value that JSON cannot hold (a number that is not finite)
/// becomes `null`.
public struct JSONWriter: Sendable {
    /// What was written so far: UTF-8.
    public private(set) var bytes: [UInt8] = []

    /// Whether the next value or name is not the first in its object or array.
    private var needsComma = false

    /// Creates a writer with nothing written.
    ///
    /// - Parameter capacity: The number of bytes expected, so that the buffer need not grow.
    public init(reservingCapacity capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
    }

    /// Writes an object whose members `body` writes.
    public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        begin(UInt8(ascii: "{"))
        try body(&self)
        end(UInt8(ascii: "}"))
    }

    /// Writes an array whose elements `body` writes.
    public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        begin(UInt8(ascii: "["))
        try body(&self)
        end(UInt8(ascii: "]"))
    }

    /// Writes a member's name; its value comes next.
    public mutating func name(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string.
    ///
    /// - Parameter limit: How many bytes it may have; a longer one is cut between two scalars and ends in an ellipsis.
    public mutating func string(_ value: String, limit: Int = .max) {
        beginValue()
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { text in
            guard text.count > limit else { return appendEscaped(text) }
            var end = limit
            while end > 0, UTF8.isContinuation(text[end]) { end -= 1 }
            appendEscaped(UnsafeBufferPointer(rebasing: text[..<end]))
            bytes.append(contentsOf: "…".utf8)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a whole number.
    public mutating func int(_ value: Int) {
        beginValue()
        bytes.append(contentsOf: value.description.utf8)
    }

    /// Writes a number so that the same `Double` is read back; `null` for one that is not finite.
    public mutating func double(_ value: Double) {
        beginValue()
        bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    }

    /// Writes `true` or `false`.
    public mutating func bool(_ value: Bool) {
        beginValue()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Writes `null`.
    public mutating func null() {
        beginValue()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Writes a value exactly as it was sent.
    public mutating func raw(_ value: JSONValueSlice) {
        beginValue()
        bytes.append(contentsOf: value.rawBytes)
    }

    /// Ends a line, after a value of its own.
    package mutating func newline() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    /// Writes bytes as they are.
    ///
    /// - Parameter value: One JSON value, well-formed, which is not checked: it was taken from a ``JSONValueSlice``
    ///   before it was stored.
    public mutating func raw(_ value: [UInt8]) {
        beginValue()
        bytes.append(contentsOf: value)
    }

    private mutating func begin(_ bracket: UInt8) {
        beginValue()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func beginValue() {
        if needsComma {
            bytes.append(UInt8(ascii: ","))
        }
        needsComma = true
    }

    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        while true {
            let special = JSONWord.firstMarked(
                in: text,
                from: start,
                marks: \.escapeMarks,
                isMarked: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
            )
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<special]))
            guard special < text.count else {
                return
            }
            appendEscape(of: text[special])
            start = special + 1
        }
    }

    private mutating func appendEscape(of byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            bytes.append(contentsOf: String(byte & 0x0F, radix: 16).utf8)
        }
    }

    /// Writes a member whose value is a string.
    public mutating func member(_ name: String, _ value: String) {
        self.name(name)
        string(value)
    }

    /// Writes a member whose value is a whole number.
    public mutating func member(_ name: String, _ value: Int) {
        self.name(name)
        int(value)
    }

    /// Writes a member whose value is a number; `null` for one that is not finite.
    public mutating func member(_ name: String, _ value: Double) {
        self.name(name)
        double(value)
    }

    /// Writes a member whose value is `true` or `false`.
    public mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    /// Writes a member whose value is handed on exactly as it was sent.
    public mutating func member(_ name: String, _ value: JSONValueSlice) {
        self.name(name)
        raw(value)
    }

    /// Writes a member whose value is handed on as it is; see ``raw(_:)-([UInt8])``.
    public mutating func member(_ name: String, raw value: [UInt8]) {
        self.name(name)
        raw(value)
    }

    /// Writes a member whose value is an array of strings.
    public mutating func member(_ name: String, _ values: [String]) {
        self.name(name)
        array { array in
            for value in values {
                array.string(value)
            }
        }
    }
}
