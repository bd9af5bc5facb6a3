/// A kind of job: its payload, what it results in, and how it is run unless who submits it says otherwise.
///
/// One definition serves both sides: who submits gives a value of it, and a worker's handler is given that value.
///
///     struct SendEmail: Job {
///         static let type = "email.send"
///         static let defaults = JobOptions(queue: "mail", priority: .high)
///
///         var to: String
///         var subject: String
///     }
///
/// The payload is the value's JSON as ``JobCoding`` writes it.
public protocol Job: Codable, Sendable {
    /// What a run results in. ``NoOutput``, unless given.
    associatedtype Output: Codable & Sendable = NoOutput

    /// The name by which workers find its handler: 1 to 200 letters, digits, `.`, `_` or `-`.
    static var type: String { get }
    /// What holds for its jobs unless who submits one says otherwise.
    static var defaults: JobOptions { get }
    /// What it was like before, for jobs that were submitted then. The newest first.
    static var earlier: [EarlierVersion<Self>] { get }
}

extension Job {
    /// Nothing: the installation's own defaults hold.
    public static var defaults: JobOptions { JobOptions() }

    /// Nothing: it was never different.
    public static var earlier: [EarlierVersion<Self>] { [] }
}

/// The result of jobs that have none. Its JSON is `null`.
public struct NoOutput: Codable, Hashable, Sendable {
    /// No result.
    public init() {}

    /// Takes whatever there is for no result.
    public init(from decoder: any Decoder) {}

    /// Writes `null`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encodeNil()
    }
}
