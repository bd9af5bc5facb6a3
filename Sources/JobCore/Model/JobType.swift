/// Which handler runs a job.
public struct JobType: ValidatedName {
    /// Generous for `team.service.action` names.
    public static let maxLength = 200
    /// What it is called.
    public static let kind = "job type"

    /// The name's text.
    public let rawValue: String

    /// Takes text that was found valid.
    public init(validated: String) {
        rawValue = validated
    }
}
