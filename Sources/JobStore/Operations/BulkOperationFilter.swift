import Formats
public import Foundation
public import JobCore

/// Which jobs an operation is meant for. What is nil narrows nothing.
public struct BulkOperationFilter: Hashable, Sendable {
    /// What the members of a filter are called.
    package static let names = [
        "state", "type", "queue", "tenant", "tag", "created_after", "created_before", "reason", "fingerprint",
        "died_after",
        "died_before",
    ]

    /// In one of these states; none means any.
    public var states: [JobState] = []
    /// Of which type.
    public var type: JobType?
    /// In which queue.
    public var queue: QueueName?
    /// Whose.
    public var tenant: TenantName?
    /// With which tag.
    public var tag: String?
    /// Created at this time or later.
    public var createdAfter: Date?
    /// Created before this time.
    public var createdBefore: Date?
    /// Dead for this reason.
    public var reason: DeadReason?
    /// Dead of this cause; see ``ErrorFingerprint``.
    public var fingerprint: String?
    /// Died at this time or later.
    public var diedAfter: Date?
    /// Died before this time.
    public var diedBefore: Date?

    /// All jobs.
    public init() {}

    /// Reads the members of a JSON object.
    package init(_ reader: inout MemberReader) {
        states = Self.states(&reader)
        type = reader.name("type", as: JobType.self)
        queue = reader.name("queue", as: QueueName.self)
        tenant = reader.name("tenant", as: TenantName.self)
        tag = reader.string("tag")
        if let tag, !TagRule.allows(tag) { reader.refuse("tag", "must be \(TagRule.expected)") }
        createdAfter = reader.time("created_after")
        createdBefore = reader.time("created_before")
        reason = reader.choice("reason", of: DeadReason.self)
        fingerprint = reader.string("fingerprint")
        if let fingerprint, !ErrorFingerprint.isOne(fingerprint) {
            reader.refuse("fingerprint", "must be \(ErrorFingerprint.rule)")
        }
        diedAfter = reader.time("died_after")
        diedBefore = reader.time("died_before")
        if isAboutDeaths, states != [.dead] {
            reader.refuse("state", "must be 'dead' with reason, fingerprint, died_after or died_before")
        }
    }

    /// One state, or an array of some.
    private static func states(_ reader: inout MemberReader) -> [JobState] {
        guard let value = reader.value("state") else { return [] }
        let states = (value.array ?? [value]).map { $0.string.flatMap(JobState.init) }
        guard !states.isEmpty, !states.contains(nil) else {
            let names = JobState.allCases.map(\.rawValue).joined(separator: ", ")
            reader.refuse("state", "must be one of \(names), or an array of some, got \(value.brief)")
            return []
        }
        return states.compactMap { $0 }
    }

    private var isAboutDeaths: Bool {
        reason != nil || fingerprint != nil || diedAfter != nil || diedBefore != nil
    }

    /// Reads a filter that was kept.
    ///
    /// - Throws: When it names something that this version does not know.
    init(kept bytes: [UInt8]) throws {
        var reader = MemberReader(try JSONObjectSlice(parsing: bytes), known: Self.names)
        self.init(&reader)
        if let problem = reader.errors.problem { throw UnknownFilter(problem: problem.sentence) }
    }

    /// The states to look for, for an act of a kind.
    func states(for kind: BulkOperation.Kind) -> [JobState] {
        states.isEmpty ? kind.states : states
    }
}

/// An operation's filter says something that this version does not know.
struct UnknownFilter: Error, CustomStringConvertible {
    var problem: String

    var description: String { "the filter was written by another version: \(problem)" }
}
