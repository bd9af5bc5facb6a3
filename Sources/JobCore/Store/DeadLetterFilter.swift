public import Foundation
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
