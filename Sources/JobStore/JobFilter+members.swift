import Formats
import Foundation
package import JobCore

extension JobFilter {
    /// What the members of a filter are called.
    package static let members = [
        "state", "type", "queue", "tenant", "priority", "tag", "parent", "worker", "error_kind", "text", "payload",
        "created_after", "created_before", "reason", "fingerprint", "died_after", "died_before",
    ]

    /// Reads the members of a JSON object.
    package init(_ reader: inout MemberReader) {
        self.init()
        states = Self.states(&reader)
        type = reader.name("type", as: JobType.self)
        queue = reader.name("queue", as: QueueName.self)
        tenant = reader.name("tenant", as: TenantName.self)
        priority = reader.choice("priority", of: Priority.self)
        tag = Self.member("tag", &reader, expected: TagRule.expected) { TagRule.allows($0) ? $0 : nil }
        parent = Self.member("parent", &reader, expected: "a job's id") { JobID($0) }
        worker = Self.member("worker", &reader, expected: "a worker's id") { WorkerID($0) }
        errorKind = Self.member("error_kind", &reader, expected: Self.kindRule, Self.kind)
        text = Self.member("text", &reader, expected: Self.textRule, Self.searchText)
        payload = Self.member("payload", &reader, expected: Self.payloadRule) { PayloadCondition($0) }
        createdAfter = reader.time("created_after")
        createdBefore = reader.time("created_before")
        reason = reader.choice("reason", of: DeadReason.self)
        fingerprint = Self.member("fingerprint", &reader, expected: ErrorFingerprint.rule) {
            ErrorFingerprint.isOne($0) ? $0 : nil
        }
        diedAfter = reader.time("died_after")
        diedBefore = reader.time("died_before")
        if isAboutDeaths, states != [.dead] {
            reader.refuse("state", "must be 'dead' with reason, fingerprint, died_after or died_before")
        }
    }

    private static func member<Value>(
        _ name: String,
        _ reader: inout MemberReader,
        expected: String,
        _ read: (String) -> Value?
    ) -> Value? {
        guard let text = reader.string(name) else { return nil }
        let value = read(text)
        if value == nil { reader.refuse(name, "must be \(expected)") }
        return value
    }

    /// One state, or an array of some.
    private static func states(_ reader: inout MemberReader) -> Set<JobState> {
        guard let value = reader.value("state") else { return [] }
        let states = (value.array ?? [value]).map { $0.string.flatMap(JobState.init) }
        guard !states.isEmpty, !states.contains(nil) else {
            let names = JobState.allCases.map(\.rawValue).joined(separator: ", ")
            reader.refuse("state", "must be one of \(names), or an array of some, got \(value.brief)")
            return []
        }
        return Set(states.compactMap { $0 })
    }

    /// Reads a filter that was kept.
    ///
    /// - Throws: When it names something that this version does not know.
    init(kept bytes: [UInt8]) throws {
        var reader = MemberReader(try JSONObjectSlice(parsing: bytes), known: Self.members)
        self.init(&reader)
        if let problem = reader.errors.problem { throw UnknownFilter(problem: problem.sentence) }
    }

    /// The states to look for, for an act of a kind.
    func states(for kind: BulkOperation.Kind) -> Set<JobState> {
        states.isEmpty ? Set(kind.states) : states
    }
}

extension JobFilter {
    private static let maxText = 200

    /// What a kind of failure may be.
    package static let kindRule = "a kind of failure, such as error, timeout, lost or no_handler"

    /// What a text to look for may be.
    package static let textRule = "a text of 1 to \(maxText) characters without control characters"

    /// What a condition on payloads may be.
    package static let payloadRule = "a path with dots, '=' and a value, such as user.id=42 or items.0.sku=A1"

    /// Reads a kind of failure; nil when the text is none.
    package static func kind(_ text: String) -> String? {
        let isOne = text.utf8.count <= 100 && text.utf8.allSatisfy { 0x21...0x7E ~= $0 }
        return isOne ? text : nil
    }

    /// Reads a text to look for; nil when it may not be looked for.
    package static func searchText(_ text: String) -> String? {
        let isOne = text.count <= maxText && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        return isOne ? text : nil
    }
}

/// An operation's filter says something that this version does not know.
struct UnknownFilter: Error, CustomStringConvertible {
    var problem: String

    var description: String { "the filter was written by another version: \(problem)" }
}
