import Foundation
import JobCore
import Postgres

/// A walk through jobs, a step at a time: where they come from, and how far it is.
struct JobWalk {
    /// Where jobs come from, by an index each; the names are those of statements.
    enum Source: String, CaseIterable, CustomStringConvertible {
        case byID = "jobs_by_id"
        case ofTenant = "jobs_of_tenant"
        case ofParent = "jobs_of_parent"
        case cancelled = "cancelled_jobs"
        case running = "running_jobs"

        var description: String { rawValue }
    }

    /// A job's id has the time of the process that made it, and its creation is dated by the database, whose clock may be behind.
    private static let clocks: TimeInterval = 60
    /// A batch's jobs have their ids while it is sent, and are created when it is there.
    private static let batches: TimeInterval = 600
    private static let first = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    private let filter: JobFilter
    private let states: Set<JobState>
    private let source: Source
    private let from: UUID
    private var upTo: UUID
    /// The last job that was looked at, or that it began before; nil when it began at the newest.
    private(set) var before: JobID?
    /// Whether there are no more.
    private(set) var isEnded = false

    /// A walk before a job; nil when no job can be what is meant.
    init?(_ filter: JobFilter, after cursor: JobID?) {
        states = filter.possibleStates
        guard !states.isEmpty else { return nil }
        self.filter = filter
        before = cursor
        source =
            if filter.parent != nil {
                .ofParent
            } else if states == [.running] {
                .running
            } else if let tenant = filter.tenant, tenant != .default {
                .ofTenant
            } else if states == [.cancelled] {
                .cancelled
            } else {
                .byID
            }
        from = filter.createdAfter.map { JobID(firstAt: $0 - Self.batches).uuid } ?? Self.first
        let newest = filter.createdBefore.map { JobID(firstAt: $0 + Self.clocks).uuid } ?? JobID.last.uuid
        upTo = cursor.map { min($0.uuid, newest) } ?? newest
    }

    /// Goes a step on and reads the jobs that are meant.
    ///
    /// - Parameters:
    ///   - share: What may be looked at.
    ///   - limit: The most jobs to find.
    mutating func step(
        in pool: GuardedPool,
        _ share: ScanMeter.Share,
        limit: Int,
        contents: JobContents
    ) async throws -> (jobs: [Job], examined: Int) {
        let rows = try await run(Statements.listWalkedJobs, in: pool, share, limit, [contents == .included])
        var jobs: [Job] = []
        var place = Place()
        for row in rows {
            if try row.decode("is_match", as: Bool.self) { jobs.append(try Job(row: row)) }
            place = Place(
                last: JobID(try row.decode("id", as: UUID.self)),
                examined: Int(try row.decode("number", as: Int64.self)),
                isLast: try row.decode("is_last", as: Bool.self)
            )
        }
        move(to: place, share)
        return (jobs, place.examined)
    }

    /// Goes a step on and counts the jobs that are meant.
    ///
    /// - Parameter limit: The most jobs to count.
    mutating func count(
        in pool: GuardedPool,
        _ share: ScanMeter.Share,
        limit: Int
    ) async throws -> (jobs: Int, examined: Int) {
        guard let row = try await run(Statements.countWalkedJobs, in: pool, share, limit, []).first else {
            return (0, 0)
        }
        let place = Place(
            last: try row.decode("last_id", as: UUID?.self).map(JobID.init),
            examined: Int(try row.decode("examined", as: Int64.self)),
            isLast: try row.decode("is_last", as: Bool.self)
        )
        move(to: place, share)
        return (Int(try row.decode("jobs", as: Int64.self)), place.examined)
    }

    /// How far a step came.
    private struct Place {
        var last: JobID?
        var examined = 0
        var isLast = true
    }

    private mutating func move(to place: Place, _ share: ScanMeter.Share) {
        isEnded = place.isLast && place.examined < share.rows
        guard let last = place.last else { return }
        before = last
        upTo = last.uuid
    }

    private func run(
        _ statements: [Source: PostgresStatement],
        in pool: GuardedPool,
        _ share: ScanMeter.Share,
        _ limit: Int,
        _ more: [any PostgresEncodable]
    ) async throws -> PostgresRows {
        guard let statement = statements[source] else { throw NoRow() }
        let parameters = parameters(share, limit: limit) + more
        let bound = PostgresStatement.Bound(statement, parameters: parameters)
        return try await pool.pipeline([Statements.planInOrder.bind(), bound], limit: nil)[1]
    }

    /// The parameters of `walk_jobs.sql`.
    private func parameters(_ share: ScanMeter.Share, limit: Int) -> [any PostgresEncodable] {
        [
            upTo,
            from,
            Int32(clamping: share.rows),
            places,
            filter.createdAfter,
            filter.createdBefore,
            filter.tenant?.rawValue,
            states.count < JobState.allCases.count ? states.map(\.rawValue) : nil,
            filter.type?.rawValue,
            filter.queue?.rawValue,
            filter.priority?.rawValue,
            filter.tag,
            filter.parent?.uuid,
            filter.errorKind,
            filter.text.map(Self.pattern),
            filter.payload?.path,
            filter.payload?.value,
            Int64(share.bytes),
            filter.fingerprint,
            filter.reason?.rawValue,
            filter.diedAfter,
            filter.diedBefore,
            Int32(clamping: limit),
            filter.worker?.uuid,
        ]
    }

    /// The tables in which what is meant may be.
    private var places: [String] {
        var places: [String] = []
        if !states.isDisjoint(with: [.scheduled, .queued, .running, .retrying]) { places.append("live") }
        if !states.isDisjoint(with: [.completed, .cancelled]) { places.append("finished") }
        if states.contains(.dead) { places.append("dead") }
        return places
    }

    /// A pattern for what contains a text.
    private static func pattern(_ text: String) -> String {
        "%\(text.replacing(#/[\\%_]/#) { "\\\($0.output)" })%"
    }
}

extension JobFilter {
    /// Whether payloads must be read to know what is meant.
    var looksIntoPayloads: Bool { text != nil || payload != nil }
}
