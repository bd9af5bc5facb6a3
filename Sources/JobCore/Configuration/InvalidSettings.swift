/// Settings with which a process cannot start.
public struct InvalidSettings: Error, Hashable, CustomStringConvertible {
    /// What is wrong, a sentence for each variable.
    public let problems: [String]

    /// Says what to set.
    public var description: String {
        problems.joined(separator: "\n")
    }
}
