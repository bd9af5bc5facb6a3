/// A JSON object inside a document: its members in the order in which they were sent, their values not read yet.
public struct JSONObjectSlice: Sendable {
    /// A name with its value.
    public struct Member: Sendable {
        /// The name, its escapes resolved.
        public let name: String

        /// The value.
        public let value: JSONValueSlice

        /// Where the name stands, for errors about it.
        let nameOffset: Int
    }

    /// The members in the order in which they were sent; each name comes once.
    public let members: [Member]

    /// The object as a value, such as for its raw bytes.
    public let value: JSONValueSlice

    /// Checks a whole text, whose value must be an object.
    ///
    /// - Parameters:
    ///   - document: The bytes of the text.
    ///   - range: The part of `document` to read, such as one line of NDJSON; all of it if not given. Places in errors
    ///     count from the beginning of `document`.
    ///   - depthLimit: The deepest nesting to accept.
    /// - Throws: ``JSONError`` for what ``JSONValueSlice/init(parsing:in:depthLimit:)`` refuses, for another type, and
    ///   for a name that comes twice in this object (objects inside it are not looked at).
    public init(
        parsing document: [UInt8],
        in range: Range<Int>? = nil,
        depthLimit: Int = JSONValueSlice.defaultDepthLimit
    ) throws(JSONError) {
        let value = try JSONValueSlice(parsing: document, in: range, depthLimit: depthLimit)
        guard value.kind == .object else {
            throw value.error(.expected("an object", found: "a value of type \(value.kind.rawValue)"))
        }
        try self.init(value)
    }

    /// Takes a value of type object apart.
    init(_ value: JSONValueSlice) throws(JSONError) {
        let document = value.document
        members = document.withUnsafeBufferPointer { bytes in
            var members: [Member] = []
            members.reserveCapacity(12)
            var cursor = JSONCursor(bytes)
            cursor.forEachMember(ofObjectAt: value.range.lowerBound) { name, place in
                members.append(
                    Member(
                        name: JSONText.decode(bytes, in: name),
                        value: JSONValueSlice(document: document, range: place),
                        nameOffset: name.lowerBound
                    )
                )
            }
            return members
        }
        self.value = value
        if let repeated = Self.firstRepeatedMember(in: members) {
            throw value.error(.duplicateName(repeated.name), at: repeated.nameOffset)
        }
    }

    /// The value of the member with this name; `nil` when there is none.
    public subscript(name: String) -> JSONValueSlice? {
        members.first { Self.isSame($0.name, name) }?.value
    }

    private static func firstRepeatedMember(in members: [Member]) -> Member? {
        if members.count <= 16 {
            // The usual case, without the cost of hashing.
            let repeated = members.indices.first { index in
                members[..<index].contains { isSame($0.name, members[index].name) }
            }
            return repeated.map { members[$0] }
        }
        var seen: Set<[UInt8]> = []
        return members.first { !seen.insert(Array($0.name.utf8)).inserted }
    }

    /// Names are the same when their code units are (RFC 8259, section 8.3). `String` calls more equal than that, but
    /// tells most names apart faster.
    private static func isSame(_ name: String, _ other: String) -> Bool {
        name == other && name.utf8.elementsEqual(other.utf8)
    }
}

extension JSONValueSlice {
    /// An error about a place in the document, which is the value's first byte unless said otherwise.
    func error(_ problem: JSONError.Problem, at offset: Int? = nil) -> JSONError {
        document.withUnsafeBufferPointer { JSONError(problem, at: offset ?? range.lowerBound, in: $0) }
    }
}
