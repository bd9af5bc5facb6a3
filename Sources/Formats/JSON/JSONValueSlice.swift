/// A JSON value inside a document: a place in the bytes that were sent, read only when asked for.
///
/// The bytes stay exactly as they were sent (numbers of any size, the order of members, white space), so a value can be
/// handed on unchanged with ``JSONWriter/raw(_:)``. The slice keeps the whole document in memory for as long as it
/// lives.
public struct JSONValueSlice: Sendable {
    /// The types that a JSON value can have.
    public enum Kind: String, Sendable, Hashable {
        /// Members in braces.
        case object

        /// Elements in brackets.
        case array

        /// Characters in quotation marks.
        case string

        /// A decimal number.
        case number

        /// `true` or `false`.
        case boolean

        /// `null`.
        case null
    }

    /// The deepest nesting that is accepted unless another is given: the outermost object or array counts as 1.
    public static let defaultDepthLimit = 128

    let document: [UInt8]

    /// The value's place in the document, without white space around it.
    let range: Range<Int>

    init(document: [UInt8], range: Range<Int>) {
        self.document = document
        self.range = range
    }

    /// Checks a whole text and takes its value.
    ///
    /// The text must be JSON by RFC 8259, in UTF-8 without a byte order mark; an escaped surrogate must have its other
    /// half; nesting must not exceed the limit.
    ///
    /// - Parameters:
    ///   - document: The bytes of the text.
    ///   - range: The part of `document` to read, such as one line of NDJSON; all of it if not given. Places in errors
    ///     count from the beginning of `document`.
    ///   - depthLimit: The deepest nesting to accept.
    /// - Throws: ``JSONError`` with the place of the first byte that does not fit.
    public init(
        parsing document: [UInt8],
        in range: Range<Int>? = nil,
        depthLimit: Int = defaultDepthLimit
    ) throws(JSONError) {
        let range = range ?? document.indices
        precondition(document.indices.contains(range), "The range lies outside the document.")
        self.document = document
        // The closure returns its outcome because `withUnsafeBufferPointer` would lose the error's type.
        let scanned = document.withUnsafeBufferPointer { bytes -> Result<Range<Int>, JSONError> in
            let part = UnsafeBufferPointer(rebasing: bytes[..<range.upperBound])
            var scanner = JSONScanner(part, from: range.lowerBound, depthLimit: depthLimit)
            return Result { () throws(JSONError) in try scanner.scanDocument() }
        }
        self.range = try scanned.get()
    }

    /// The value's type.
    public var kind: Kind {
        switch document[range.lowerBound] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// The value's bytes as they were sent, without white space around them; shares the document's memory.
    public var rawBytes: ArraySlice<UInt8> {
        document[range]
    }

    /// The number of bytes in the document before the value.
    public var offset: Int {
        range.lowerBound
    }

    /// The value without what may differ between two ways of saying the same: white space, the order of an object's members and
    /// how strings are escaped. Numbers stay as they were written.
    public var canonicalBytes: [UInt8] {
        var writer = JSONWriter(reservingCapacity: rawBytes.count)
        writer.canonical(self)
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func canonical(_ value: JSONValueSlice) {
        // A value that cannot be read, as with a name that comes twice, stands for itself.
        if let object = try? value.object {
            let members = object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            self.object { writer in
                for member in members {
                    writer.name(member.name)
                    writer.canonical(member.value)
                }
            }
        } else if let elements = value.array {
            array { writer in
                for element in elements { writer.canonical(element) }
            }
        } else if let text = value.string {
            string(text)
        } else {
            raw(value)
        }
    }
}
