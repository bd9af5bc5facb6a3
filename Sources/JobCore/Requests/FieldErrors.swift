/// Gathers what is wrong with a request, so that all of it is told at once.
package struct FieldErrors: Sendable {
    /// More are not told: nobody reads them, and a client could send any number.
    private static let limit = 50
    /// The most characters of a client's own text that a message repeats.
    private static let quoteLimit = 60

    package private(set) var all: [FieldError] = []

    /// Nothing so far.
    package init() {}

    /// Notes that a field is wrong.
    package mutating func add(_ field: String, _ detail: String) {
        guard all.count < Self.limit else { return }
        all.append(FieldError(field: field, detail: detail))
    }

    /// Notes that a field is not known, and which one may have been meant.
    package mutating func addUnknown(_ field: String, prefix: String = "", known: [String]) {
        guard all.count < Self.limit else { return }
        let hint = NearestName.of(field, among: known).map { "; did you mean '\(prefix)\($0)'?" }
        add(
            prefix + field.prefix(Self.quoteLimit),
            "is not known" + (hint ?? "; known are \(known.joined(separator: ", "))")
        )
    }

    /// What a request is refused with; nil when nothing is wrong.
    package var problem: JobProblem? { all.isEmpty ? nil : .invalid(all) }
}

/// What is wrong with one member of a body, or one parameter of a query.
package struct FieldError: Error, Hashable, Sendable {
    /// The member's name; `retry.base` and `tags[2]` for what lies deeper.
    package var field: String
    /// What is expected instead.
    package var detail: String

    /// What is wrong with a member.
    package init(field: String, detail: String) {
        self.field = field
        self.detail = detail
    }
}

/// Finds the name that a misspelt one was probably meant to be.
package enum NearestName {
    /// Longer names are not compared: the time to compare grows with their length, and a client chooses it.
    private static let maxLength = 40

    /// The known name with the fewest edits, when they are few for its length; nil otherwise.
    package static func of(_ name: String, among known: [String]) -> String? {
        let name = Array(name.utf8.prefix(maxLength + 1))
        guard name.count <= maxLength else { return nil }
        let candidates = known.map { (name: $0, edits: edits(from: name, to: Array($0.utf8))) }
        guard let best = candidates.min(by: { $0.edits < $1.edits }), best.edits <= max(1, best.name.utf8.count / 3)
        else {
            return nil
        }
        return best.name
    }

    /// How many bytes must be added, dropped or changed, capitals aside, row by row (Wagner and Fischer, "The
    /// String-to-String Correction Problem", 1974).
    private static func edits(from source: [UInt8], to target: [UInt8]) -> Int {
        var row = Array(0...target.count)
        for (line, byte) in source.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in target.indices {
                let change = diagonal + (byte.lowercased == target[column].lowercased ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, diagonal + 1, row[column] + 1)
            }
        }
        return row[target.count]
    }
}

extension UInt8 {
    fileprivate var lowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
