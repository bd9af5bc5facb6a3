/// Text that cannot be a name.
public struct InvalidName: Error, Hashable, CustomStringConvertible {
    /// What the name was for.
    public var kind: String
    /// The most characters it may have.
    public var maxLength: Int
    /// Whether dots are allowed.
    public var allowsDots: Bool

    /// Says what is allowed.
    public var description: String {
        "a \(kind) has 1 to \(maxLength) characters out of a-z, A-Z, 0-9, \(allowsDots ? "'.', " : "")'_' and '-'"
    }
}
