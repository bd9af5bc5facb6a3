/// Gathers what is wrong with a request, so that all of it is told at once.
struct FieldErrors {
    /// More are not told: nobody reads them, and a client could send any number.
    private static let limit = 50
    /// The most characters of a client's own text that a message repeats.
    private static let quoteLimit = 60

    private(set) var all: [FieldError] = []

    /// Notes that a field is wrong.
    mutating func add(_ field: String, _ detail: String) {
        guard all.count < Self.limit else { return }
        all.append(FieldError(field: field, detail: detail))
    }

    /// Notes that a field is not known, and which one may have been meant.
    mutating func addUnknown(_ field: String, prefix: String = "", known: [String]) {
        guard all.count < Self.limit else { return }
        let hint = NearestName.of(field, among: known).map { "; did you mean '\(prefix)\($0)'?" }
        add(
            prefix + field.prefix(Self.quoteLimit),
            "is not known" + (hint ?? "; known are \(known.joined(separator: ", "))")
        )
    }

    /// Ends the gathering.
    ///
    /// - Throws: ``Problem`` when anything is wrong.
    func check() throws(Problem) {
        guard all.isEmpty else { throw .invalid(all) }
    }
}
