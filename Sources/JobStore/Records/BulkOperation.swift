public import Foundation
public import JobCore
import Postgres

/// Names an operation: a UUID of version 7, so that ids sort by the time of creation.
public struct BulkOperationID: UUIDIdentifier {
    /// The id as the database and the wire know it.
    public let uuid: UUID

    /// Takes an id that was made earlier.
    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Makes a new id for this moment.
    public static func make() -> BulkOperationID {
        BulkOperationID(.version7())
    }
}

/// Something that is done to many jobs, a batch at a time.
public struct BulkOperation: Sendable {
    /// What is done.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Dead letters are sent round again, and jobs that wait for their time or their backoff are queued.
        case retry
        /// Jobs that wait are cancelled, and those that run are told to stop.
        case cancel
        /// Jobs that do not run are removed for ever.
        case delete

        /// The states of the jobs that it does something to; all others are skipped.
        public var states: [JobState] {
            switch self {
            case .retry: [.scheduled, .retrying, .dead]
            case .cancel: [.scheduled, .queued, .running, .retrying]
            case .delete: [.scheduled, .queued, .retrying, .completed, .dead, .cancelled]
            }
        }
    }

    /// Where it stands.
    ///
    ///     waiting -> running -> done | stopped | failed
    ///
    /// One that waits may be stopped or fail as well. None of the last three is ever left.
    public enum State: String, CaseIterable, Hashable, Sendable {
        case waiting, running, done, stopped, failed
    }

    /// Its id.
    public var id: BulkOperationID
    /// Whose jobs alone are meant; nil means everybody's.
    public var tenant: String?
    /// What is done.
    public var kind: Kind
    /// Where it stands.
    public var state: State
    /// Who asked for it.
    public var createdBy: String
    /// When; jobs that were stored later are not meant.
    public var createdAt: Date
    /// When its first batch was carried out.
    public var startedAt: Date?
    /// When it ended.
    public var finishedAt: Date?
    /// Which jobs are meant, as a JSON object; nil when they are named.
    public var filter: [UInt8]?
    /// How many jobs are named; nil when a filter says which are meant.
    public var named: Int?
    /// How many jobs are changed at most.
    public var limit: Int?
    /// How many in a second.
    public var rate: Double?
    /// How many jobs are meant, where that is known.
    public var matched: Int?
    /// How many of them were changed.
    public var changed: Int
    /// How many were left as they are, as their state did not allow it.
    public var skipped: Int
    /// Why it failed, or what it waits for.
    public var error: String?

    /// How many of the jobs that are meant were looked at.
    public var examined: Int { changed + skipped }
    /// Whether nothing more is done.
    public var hasEnded: Bool { state != .waiting && state != .running }
}

extension BulkOperation {
    /// Reads a row with the columns of an operation.
    init(row: PostgresRow) throws {
        self.init(
            id: BulkOperationID(try row.decode("id", as: UUID.self)),
            tenant: try row.decode("tenant", as: String?.self),
            kind: try row.decode("kind", as: Kind.self),
            state: try row.decode("state", as: State.self),
            createdBy: try row.decode("actor", as: String.self),
            createdAt: try row.decode("created_at", as: Date.self),
            startedAt: try row.decode("started_at", as: Date?.self),
            finishedAt: try row.decode("finished_at", as: Date?.self),
            filter: try row.decode("filter", as: PostgresJSON?.self)?.bytes,
            named: try row.decode("named", as: Int32?.self).map { Int($0) },
            limit: try row.decode("most", as: Int64?.self).map { Int($0) },
            rate: try row.decode("rate", as: Double?.self),
            matched: try row.decode("matched", as: Int64?.self).map { Int($0) },
            changed: Int(try row.decode("changed", as: Int64.self)),
            skipped: Int(try row.decode("skipped", as: Int64.self)),
            error: try row.decode("error", as: String?.self)
        )
    }
}
