import Formats
public import Foundation
public import JobCore
import Postgres

/// Which dead letters are meant. What is nil narrows nothing.
public struct DeadLetterFilter: Hashable, Sendable {
    /// In which queue they waited.
    public var queue: QueueName?
    /// Of which type.
    public var type: JobType?
    /// Why they died.
    public var reason: DeadReason?
    /// Of which cause; see ``ErrorFingerprint``.
    public var fingerprint: String?
    /// Whose.
    public var tenant: TenantName?
    /// Created at this time or later.
    public var createdAfter: Date?
    /// Created before this time.
    public var createdBefore: Date?
    /// Died at this time or later.
    public var diedAfter: Date?
    /// Died before this time.
    public var diedBefore: Date?

    /// All dead letters.
    public init() {}

    /// The first nine parameters of the statements that filter dead letters.
    var parameters: [any PostgresEncodable] {
        [
            queue?.rawValue, type?.rawValue, reason?.rawValue, fingerprint, tenant?.rawValue, createdAfter,
            createdBefore, diedAfter, diedBefore,
        ]
    }

    /// Writes what is set as a JSON object, for the audit log. Times are in microseconds since 1970.
    func write(to writer: inout JSONWriter) {
        writer.object { filter in
            for (name, value) in [
                ("queue", queue?.rawValue), ("type", type?.rawValue), ("reason", reason?.rawValue),
                ("fingerprint", fingerprint), ("tenant", tenant?.rawValue),
            ] {
                if let value { filter.member(name, value) }
            }
            for (name, time) in [
                ("created_after", createdAfter), ("created_before", createdBefore), ("died_after", diedAfter),
                ("died_before", diedBefore),
            ] {
                if let time { filter.member(name, Int(time.microsecondsSince1970)) }
            }
        }
    }
}

/// The dead letters that something is to be done with.
public struct DeadLetterSelection: Hashable, Sendable {
    /// What they must be.
    public var filter: DeadLetterFilter
    /// Which they are; nil means all that the filter is meant for.
    public var ids: [JobID]?

    /// Dead letters of certain ids, or all that a filter is meant for.
    public init(filter: DeadLetterFilter = DeadLetterFilter(), ids: [JobID]? = nil) {
        self.filter = filter
        self.ids = ids
    }

    /// What the audit log calls them: the id of a single one.
    var target: String {
        guard let ids else { return "filter" }
        return ids.count == 1 ? ids[0].description : "ids"
    }
}

/// Where a page of dead letters ends: they are listed by the time of their death, the latest first, then by id.
public struct DeadLetterCursor: Hashable, Sendable, CustomStringConvertible {
    /// When the last one on the page died.
    public var diedAt: Date
    /// Its id.
    public var id: JobID

    /// The cursor after a dead letter.
    public init(after letter: DeadLetter) {
        diedAt = letter.diedAt
        id = letter.id
    }

    /// Reads a cursor's text; nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = JobID(parts[1]) else { return nil }
        diedAt = Date(microsecondsSince1970: microseconds)
        self.id = id
    }

    /// The time in microseconds since 1970, a dot and the id.
    public var description: String { "\(diedAt.microsecondsSince1970).\(id)" }
}
