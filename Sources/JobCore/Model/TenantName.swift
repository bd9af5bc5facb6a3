/// Whose job it is. Without dots, so that a topic name is unambiguous.
public struct TenantName: ValidatedName {
    /// As long as a DNS label.
    public static let maxLength = 63
    /// What it is called.
    public static let kind = "tenant name"
    /// The tenant of a platform that has only one.
    public static let `default` = TenantName(validated: "default")

    /// The name's text.
    public let rawValue: String

    /// Takes text that was found valid.
    public init(validated: String) {
        rawValue = validated
    }

    /// As for other names, less the dot.
    public static func allows(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: ".") && QueueName.allows(byte)
    }
}
