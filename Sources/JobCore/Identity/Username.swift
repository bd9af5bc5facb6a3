/// What an account is called; unique in all tenants.
public struct Username: ValidatedName {
    /// As long as any log line wants it.
    public static let maxLength = 100
    /// What it is called.
    public static let kind = "user name"

    /// The name's text.
    public let rawValue: String

    /// Takes text that was found valid.
    public init(validated: String) {
        rawValue = validated
    }
}
