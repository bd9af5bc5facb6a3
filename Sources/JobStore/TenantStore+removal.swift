import Concurrency
import Formats
import Foundation
public import JobCore
import Postgres

extension TenantStore {
    /// How many rows one step looks at, and how many of a kind it removes.
    private static let (mostLookedAt, mostRemoved) = (Int32(5_000), Int32(1_000))

    /// Goes on with the removal of a tenant, by one step: a short transaction, after which whoever comes next goes on where it ended.
    ///
    /// First go the credentials, so that nobody makes more of it. Jobs are found by walking them all, as those that are not queued
    /// and those that are done are in no order of tenants. Whatever is done to a job is counted, so counters that are there again tell that
    /// something has moved meanwhile, maybe to where was walked already: then all is walked once more. The tenant itself goes once
    /// what was on its way when it was suspended has arrived.
    ///
    /// - Parameter settling: How long ago that must be.
    /// - Returns: What was done; nil when no tenant is to be removed, or others are at all of them.
    public func removeStep(settling: Duration = .seconds(15)) async throws -> RemovalStep? {
        try await pool.withTransaction { transaction -> RemovalStep? in
            let row = try await transaction.query(Statements.pickRemoval, settling.millisecondsTruncated).first
            guard let row else { return nil }
            let tenant = TenantName(validated: try row.decode("name", as: String.self))
            for statement in Self.credentials where try await remove(statement, of: tenant, transaction) > 0 {
                return .went(on: tenant)
            }
            var walk = try RemovalWalk(try row.decode("removal", as: String?.self))
            var counted: Int64 = 0
            for statement in [Statements.removeCounters, Statements.removeQueueTotals] {
                counted += try await remove(statement, of: tenant, transaction)
            }
            if counted > 0 {
                walk.jobsHaveMoved()
                try await note(walk, removed: 0, of: tenant, transaction)
                return .went(on: tenant)
            }
            if try await step(&walk, of: tenant, transaction) { return .went(on: tenant) }
            for statement in Self.remains where try await remove(statement, of: tenant, transaction) > 0 {
                return .went(on: tenant)
            }
            guard try row.decode("is_settled", as: Bool.self) else { return .waits(for: tenant) }
            let jobs = try row.decode("removed_jobs", as: Int64.self)
            let entry = AuditEntry(.removeTenant, target: tenant.rawValue, by: .scheduler) {
                $0.member("jobs", Int(jobs))
            }
            _ = try await transaction.pipeline([Statements.removeTenant.bind(tenant.rawValue), entry.statement])
            return .ended(tenant)
        }
    }

    /// What makes more, and so goes first.
    private static let credentials = [
        Statements.removeAPIKeys, Statements.removeUsers, Statements.removeSchedules,
    ]
    /// What is left when the jobs and their counters are gone.
    private static let remains = [
        Statements.removeIdempotencyKeys, Statements.removeWorkers, Statements.removeUnhandled,
        Statements.removeTenantDays, Statements.removeTenantTotals, Statements.removeQueues,
        Statements.removeQueueNames, Statements.removeMinutes,
    ]

    private func remove(
        _ statement: PostgresStatement,
        of tenant: TenantName,
        _ transaction: PostgresTransaction
    ) async throws -> Int64 {
        try await transaction.query(statement, tenant.rawValue, Self.mostRemoved).first
            .map { try $0.decode(0, as: Int64.self) } ?? 0
    }

    /// Walks on.
    ///
    /// - Returns: Whether there was something to do.
    private func step(
        _ walk: inout RemovalWalk,
        of tenant: TenantName,
        _ transaction: PostgresTransaction
    ) async throws -> Bool {
        let removed: Int64
        switch walk.place {
        case .done: return false
        case .dead:
            removed = try await remove(Statements.removeDeadJobs, of: tenant, transaction)
            walk.passed(upTo: removed > 0 ? walk.cursor : nil)
        case .live, .finished:
            let row = try await transaction.query(
                walk.place == .live ? Statements.removeLiveJobs : Statements.removeFinishedJobs,
                tenant.rawValue,
                walk.cursor,
                Self.mostLookedAt
            ).first
            removed = try row?.decode("removed", as: Int64.self) ?? 0
            walk.passed(upTo: try row.flatMap { try $0.decode("last", as: UUID?.self) })
        }
        try await note(walk, removed: removed, of: tenant, transaction)
        return true
    }

    private func note(
        _ walk: RemovalWalk,
        removed: Int64,
        of tenant: TenantName,
        _ transaction: PostgresTransaction
    ) async throws {
        _ = try await transaction.query(Statements.noteRemoval, tenant.rawValue, try walk.json, removed)
    }
}

/// What one step of removing tenants did.
public enum RemovalStep: Hashable, Sendable {
    /// Something of the tenant was removed or looked at, and there may be more.
    case went(on: TenantName)
    /// Nothing of it is left, but something may be on its way.
    case waits(for: TenantName)
    /// It is gone.
    case ended(TenantName)
}

/// How far a tenant's jobs have been walked, and whether they are to be walked again. Pure.
struct RemovalWalk: Hashable, Codable, Sendable {
    /// Which jobs are walked.
    enum Place: String, Codable, Sendable {
        case live, dead, finished, done
    }

    static let beginning = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    private(set) var place = Place.live
    private(set) var cursor = beginning
    /// Whether jobs have moved since this walk began.
    private(set) var isOutdated = false

    init() {}

    /// Reads the column `removal`; null for the beginning.
    init(_ text: String?) throws {
        self = try text.map { try JSONDecoder().decode(RemovalWalk.self, from: Data($0.utf8)) } ?? RemovalWalk()
    }

    /// It as the column keeps it.
    var json: PostgresJSON { get throws { PostgresJSON(bytes: [UInt8](try JSONEncoder().encode(self))) } }

    /// A step was made.
    ///
    /// - Parameter last: Where it ended; nil when there is nothing after it.
    mutating func passed(upTo last: UUID?) {
        cursor = last ?? Self.beginning
        guard last == nil else { return }
        switch place {
        case .live: place = .dead
        case .dead: place = .finished
        case .finished: if isOutdated { self = RemovalWalk() } else { place = .done }
        case .done: break
        }
    }

    /// Something was done to jobs, at the beginning before any was looked at.
    mutating func jobsHaveMoved() {
        switch place {
        case .live where cursor == Self.beginning: break
        case .done: self = RemovalWalk()
        case .live, .dead, .finished: isOutdated = true
        }
    }
}
