public import Foundation
public import JobCore

/// Which jobs are meant. What is nil narrows nothing.
public struct JobFilter: Hashable, Sendable {
    /// Whose; nil means everybody's.
    public var tenant: TenantName?
    /// In which states; none means in any.
    public var states: Set<JobState> = []
    /// Of which type.
    public var type: JobType?
    /// In which queue.
    public var queue: QueueName?
    /// How urgent.
    public var priority: Priority?
    /// With which tag.
    public var tag: String?
    /// Submitted by the handler of this job.
    public var parent: JobID?
    /// Run by this worker just now.
    public var worker: WorkerID?
    /// Whose last attempt that failed did so in this way, such as `error` or `timeout`.
    public var errorKind: String?
    /// What payload, error or type contain, in small letters or capitals.
    public var text: String?
    /// What the payload says in one place.
    public var payload: PayloadCondition?
    /// Created at this time or later.
    public var createdAfter: Date?
    /// Created before this time.
    public var createdBefore: Date?
    /// Dead letters of this cause; see ``ErrorFingerprint``.
    public var fingerprint: String?
    /// Dead letters for this reason.
    public var reason: DeadReason?
    /// Dead letters that died at this time or later.
    public var diedAfter: Date?
    /// Dead letters that died before this time.
    public var diedBefore: Date?

    /// All jobs of a tenant, or of all tenants.
    public init(tenant: TenantName? = nil) {
        self.tenant = tenant
    }

    /// The states in which a job can be what is meant; none when there is no such job.
    public var possibleStates: Set<JobState> {
        var possible = states.isEmpty ? Set(JobState.allCases) : states
        if worker != nil { possible.formIntersection([.running]) }
        if isAboutDeaths { possible.formIntersection([.dead]) }
        return possible
    }

    /// Whether only dead letters can be what is meant.
    var isAboutDeaths: Bool { fingerprint != nil || reason != nil || diedAfter != nil || diedBefore != nil }
}

/// What a payload must say in one place.
public struct PayloadCondition: Hashable, Sendable, CustomStringConvertible {
    /// The most members that a path leads through.
    public static let maxDepth = 32

    /// The names of the members that lead there, from the outside in; an array's elements are counted from 0.
    public let path: [String]
    /// The text of what stands there: a string's characters, a number as it was written, `true`, `false` or `null`.
    public let value: String

    /// Reads what must hold, such as `user.id=42` or `items.0.sku=A1`; nil when it has no `=`, or no name before it, between dots or after one,
    /// or too many names.
    public init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        value = String(parts[1])
        guard path.count <= Self.maxDepth, path.allSatisfy({ !$0.isEmpty }), !text.utf8.contains(0) else { return nil }
    }

    /// The form that is read.
    public var description: String { "\(path.joined(separator: "."))=\(value)" }
}
