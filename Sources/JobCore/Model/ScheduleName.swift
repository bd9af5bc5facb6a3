/// What its owner calls a schedule; no other one of the tenant is called so.
public struct ScheduleName: ValidatedName {
    /// Generous for `team.service.action` names.
    public static let maxLength = 200
    /// What it is called.
    public static let kind = "schedule name"

    /// The name's text.
    public let rawValue: String

    /// Takes text that was found valid.
    public init(validated: String) {
        rawValue = validated
    }
}
