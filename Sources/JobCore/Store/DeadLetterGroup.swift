public import Foundation

/// Dead letters of one cause.
public struct DeadLetterGroup: Hashable, Sendable {
    /// What they have in common; see ``ErrorFingerprint``.
    public var fingerprint: String
    /// How many there are.
    public var count: Int64
    /// Their jobs' type.
    public var type: String
    /// The kind of their last failure.
    public var kind: String
    /// The error of the one that died last.
    public var sampleError: String
    /// The one that died last.
    public var sampleID: JobID
    /// When the first of them died.
    public var firstDiedAt: Date
    /// When the last of them died.
    public var lastDiedAt: Date
}
