/// What a tag may be.
enum TagRule {
    /// The most tags of a job.
    static let maxCount = 20
    /// The most characters of a tag, as Unicode scalars.
    static let maxLength = 100
    /// The rule in words.
    static let expected = "a string of 1 to \(maxLength) characters without control characters"

    /// Whether the text may be a tag.
    static func allows(_ tag: String) -> Bool {
        (1...maxLength).contains(tag.unicodeScalars.count)
            && tag.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
