/// What became of one promise.
struct Finding: Sendable {
    /// The invariant's number in docs/guarantees.md.
    var number: Int
    var promise: String
    /// How many cases were held against it, and of what.
    var checked: Int
    var unit: String
    /// What broke it, in words.
    var violations: [String] = []
    /// A figure worth printing.
    var figure: String?
}
