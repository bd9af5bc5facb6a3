import Concurrency
import Formats
import Foundation
public import JobCore
import Postgres

extension BulkOperationStore {
    /// How much work it may be to find the jobs of one batch.
    private static let scanBudget = ScanBudget(rows: 20_000, bytes: 32 << 20, time: .milliseconds(200))
    /// How many operations are tried that others may be at.
    private static let mostDue = Int32(20)
    /// How long an operation waits when there is no room for what it would queue.
    private static let pause = Duration.seconds(5)
    /// How long a batch waits for jobs that others are at, before it takes fewer. Far less than it takes PostgreSQL to look for deadlocks, so
    /// that nobody else's transaction is given up for it.
    private static let lockTimeout = "200ms"

    /// Carries out the next batch of the operation that has waited longest. Any number of schedulers may do so at once.
    ///
    /// A batch is one transaction: what is done to the jobs, how far the operation has come, and its counts. Jobs are looked for before it,
    /// from the newest on, each once: a job that matches again, as it was retried and died, is not looked at again, and one that was stored
    /// after the operation is not meant. A job whose state has changed since it was found is skipped.
    ///
    /// - Returns: What was done; nil when nothing is due, or others are at it.
    public func carryOutBatch() async throws -> BulkOperationBatch? {
        for row in try await pool.query(Statements.dueOperations, Self.mostDue, Int32(mostInBatch)) {
            var task = try BulkOperationTask(row: row)
            do {
                task.filter = try task.kept.map { try JobFilter(kept: $0) }
                if let batch = try await carryOutBatch(of: task) { return batch }
            } catch let error where error.isFinal {
                if try await delay(task, because: "\(error)", isFailure: true) {
                    return BulkOperationBatch(kind: task.kind, ended: .failed)
                }
            }
        }
        return nil
    }

    /// How long until the next batch of an operation is due: negative when one is overdue, nil when none waits.
    public func untilNext() async throws -> Duration? {
        try await pool.query(Statements.nextOperation).first.map { .seconds(try $0.decode(0, as: Double.self)) }
    }

    private func carryOutBatch(of task: BulkOperationTask) async throws -> BulkOperationBatch? {
        let found: BulkOperationMatch
        if let filter = task.filter {
            found = try await match(
                filter,
                task.kind,
                of: task.tenant,
                after: task.cursor,
                before: task.createdAt,
                limit: task.size(atMost: mostInBatch)
            )
        } else {
            found = task.named(atMost: mostInBatch)
        }
        var size = max(1, found.ids.count)
        while true {
            do {
                return try await retryingConflicts { try await carryOut(task, found.prefix(size)) }
            } catch let error as PostgresError where error.sqlState == .lockNotAvailable && size > 1 {
                size = max(1, size / 8)
            } catch let error where error is TenantLimitReached || error is QueueFull {
                guard size == 1 else {
                    size /= 2
                    continue
                }
                _ = try await delay(task, because: "there is no room: \(error)", isFailure: false)
                return BulkOperationBatch(kind: task.kind)
            }
        }
    }

    /// Carries out a batch.
    ///
    /// - Returns: Nil when somebody else carries it out, or did, or the operation was stopped: nothing was done then.
    private func carryOut(_ task: BulkOperationTask, _ found: BulkOperationMatch) async throws -> BulkOperationBatch? {
        do {
            return try await pool.withTransaction { transaction -> BulkOperationBatch? in
                let begun = try await transaction.query(Statements.beginOperationBatch, task.id.uuid, task.step)
                guard !begun.isEmpty else { return nil }
                if found.ids.count > 1 {
                    try await transaction.execute("set local lock_timeout = '\(Self.lockTimeout)'")
                }
                var batch = BulkOperationBatch(kind: task.kind)
                try await act(on: found.ids, task, transaction, &batch)
                batch.skipped = found.examined - batch.changed
                let isDone = found.next == nil || task.limit.map { task.changed + batch.changed >= $0 } ?? false
                let ended = try await transaction.query(
                    Statements.endOperationBatch,
                    task.id.uuid,
                    task.step,
                    found.next,
                    Int64(task.filter == nil ? found.examined : 0),
                    Int64(batch.changed),
                    Int64(batch.skipped),
                    task.rate.map { Double(batch.changed) / $0 } ?? 0.0 as Double,
                    isDone
                ).first
                guard let ended else { throw Superseded() }
                if isDone {
                    batch.ended = .done
                    let counts = try BatchCounts(row: ended)
                    let entry = AuditEntry(.endOperation, target: task.id.description, by: .scheduler) {
                        $0.member("kind", task.kind.rawValue)
                        counts.write(to: &$0)
                    }
                    _ = try await transaction.pipeline([entry.statement])
                }
                return batch
            }
        } catch is Superseded {
            return nil
        }
    }

    /// Does to the jobs what the operation is about. Others than those of the states that are meant are left as they are.
    private func act(
        on ids: [JobID],
        _ task: BulkOperationTask,
        _ transaction: PostgresTransaction,
        _ batch: inout BulkOperationBatch
    ) async throws {
        guard !ids.isEmpty else { return }
        let tenant = task.tenant?.rawValue
        let states = task.filter?.states(for: task.kind).map(\.rawValue)
        switch task.kind {
        case .cancel:
            let rows = try await transaction.query(Statements.cancelJobs, ids.map(\.uuid), tenant, states)
            batch.changed = rows.count
            for row in rows where try row.decode("is_cancelled", as: Bool.self) {
                batch.cancelled.append(JobType(validated: try row.decode("type", as: String.self)))
                try batch.gone.add(row)
            }
        case .delete:
            batch.gone = try JobsByTenant(
                try await transaction.query(Statements.deleteJobs, ids.map(\.uuid), tenant, states)
            )
            batch.changed = batch.gone.count
        case .retry:
            var ids = ids.map(\.uuid)
            if let patch = task.patch { ids = try await changePayloads(of: ids, patch, tenant, states, transaction) }
            var rows = Array(try await transaction.query(Statements.queueJobsNow, ids, tenant, states))
            if states?.contains(JobState.dead.rawValue) ?? true {
                let replayed = try await transaction.query(
                    Statements.replayDeadLetters,
                    ids,
                    nil as Date?,
                    0 as Int64,
                    nil as Double?,
                    tenant
                )
                try await JobRoom.check(replayed, limits: limits, transaction)
                rows += replayed
            }
            batch.changed = rows.count
            batch.announcements = try rows.map(JobAnnouncement.init(row:))
        }
    }

    /// Changes the payloads of the jobs that can be retried.
    ///
    /// - Returns: Those whose payload may be as it would be then.
    private func changePayloads(
        of ids: [UUID],
        _ patch: JSONValueSlice,
        _ tenant: String?,
        _ states: [String]?,
        _ transaction: PostgresTransaction
    ) async throws -> [UUID] {
        var changed: [(id: UUID, payload: [UInt8], longer: Int64)] = []
        for row in try await transaction.query(Statements.payloadsToChange, ids, tenant, states) {
            let old = try row.decode("payload", as: PostgresJSON.self).bytes
            guard let new = try? JSONValueSlice(parsing: old).merged(with: patch), new.count <= NewJob.maxPayloadBytes
            else {
                continue
            }
            changed.append((try row.decode("id", as: UUID.self), new, Int64(new.count - old.count)))
        }
        guard !changed.isEmpty else { return [] }
        _ = try await transaction.query(
            Statements.changePayloads,
            changed.map(\.id),
            changed.map { PostgresJSON(bytes: $0.payload) },
            changed.map(\.longer)
        )
        return changed.map(\.id)
    }

    /// Looks for the next jobs that a filter is meant for.
    private func match(
        _ filter: JobFilter,
        _ kind: BulkOperation.Kind,
        of tenant: TenantName?,
        after cursor: UUID?,
        before cutoff: Date,
        limit: Int
    ) async throws -> BulkOperationMatch {
        var filter = filter
        filter.tenant = tenant
        filter.states = filter.states(for: kind)
        filter.createdBefore = min(filter.createdBefore ?? cutoff, cutoff)
        let found = try await jobs.scan(
            filter,
            after: cursor.map { JobCursor(before: JobID($0)) },
            limit: limit,
            contents: .omitted,
            budget: Self.scanBudget
        )
        return BulkOperationMatch(ids: found.jobs.map(\.id), examined: found.jobs.count, next: found.next?.before.uuid)
    }

    /// Lets an operation wait, or fail.
    ///
    /// - Returns: Whether it was: not, when it has ended or gone on meanwhile.
    private func delay(_ task: BulkOperationTask, because error: String, isFailure: Bool) async throws -> Bool {
        try await pool.withTransaction { transaction in
            let delayed = try await transaction.query(
                Statements.delayOperation,
                task.id.uuid,
                task.step,
                error,
                Self.pause.millisecondsTruncated,
                isFailure
            ).first
            guard let delayed else { return false }
            if isFailure {
                let counts = try BatchCounts(row: delayed)
                let entry = AuditEntry(.failOperation, target: task.id.description, by: .scheduler) {
                    $0.member("error", error)
                    counts.write(to: &$0)
                }
                _ = try await transaction.pipeline([entry.statement])
            }
            return true
        }
    }
}

/// What a batch of an operation did, for those who publish and count.
public struct BulkOperationBatch: Sendable {
    /// What the operation does.
    public var kind: BulkOperation.Kind
    /// How many jobs were changed.
    public var changed = 0
    /// How many were left as they are.
    public var skipped = 0
    /// What is to be published, as jobs were queued.
    public var announcements: [JobAnnouncement] = []
    /// The types of the jobs that waited and are cancelled.
    public var cancelled: [JobType] = []
    /// Which jobs wait no more, as they were cancelled or removed.
    public var gone = JobsByTenant()
    /// How the operation ended, if it did.
    public var ended: BulkOperation.State?
}

/// Some jobs that an operation is meant for.
struct BulkOperationMatch {
    /// Which they are.
    var ids: [JobID]
    /// How many count as looked at.
    var examined: Int
    /// Where it goes on; nil when there are no more.
    var next: UUID?

    /// The first of them.
    func prefix(_ count: Int) -> BulkOperationMatch {
        guard count < ids.count else { return self }
        return BulkOperationMatch(ids: Array(ids.prefix(count)), examined: count, next: ids[count - 1].uuid)
    }
}

/// An operation of which a batch is due.
private struct BulkOperationTask {
    let id: BulkOperationID
    let kind: BulkOperation.Kind
    let tenant: TenantName?
    /// Its filter as it is kept, which another version may have written; nil when jobs are named.
    let kept: [UInt8]?
    /// The same, once it was read.
    var filter: JobFilter?
    /// The next jobs that are named, and how many are named in all.
    let ids: [JobID]
    let count: Int
    /// How many of them were looked at.
    let place: Int
    let cursor: UUID?
    let patch: JSONValueSlice?
    let limit: Int?
    let rate: Double?
    let createdAt: Date
    let changed: Int
    let step: Int64

    init(row: PostgresRow) throws {
        id = BulkOperationID(try row.decode("id", as: UUID.self))
        kind = try row.decode("kind", as: BulkOperation.Kind.self)
        tenant = try row.decode("tenant", as: String?.self).map { TenantName(validated: $0) }
        kept = try row.decode("filter", as: PostgresJSON?.self)?.bytes
        ids = try row.decode("ids", as: [UUID]?.self)?.map(JobID.init) ?? []
        count = Int(try row.decode("named", as: Int32?.self) ?? 0)
        place = Int(try row.decode("place", as: Int64.self))
        cursor = try row.decode("cursor", as: UUID?.self)
        patch = try row.decode("patch", as: PostgresJSON?.self).map { try JSONValueSlice(parsing: $0.bytes) }
        limit = try row.decode("most", as: Int64?.self).map { Int($0) }
        rate = try row.decode("rate", as: Double?.self)
        createdAt = try row.decode("created_at", as: Date.self)
        changed = Int(try row.decode("changed", as: Int64.self))
        step = try row.decode("step", as: Int64.self)
    }

    /// How many jobs the next batch may change: at a rate about as many as pass in a second.
    func size(atMost most: Int) -> Int {
        let paced = rate.map { max(1, Int($0.rounded(.down))) } ?? most
        return max(1, min(most, paced, limit.map { $0 - changed } ?? most))
    }

    /// The jobs of the next batch, of those that are named.
    func named(atMost most: Int) -> BulkOperationMatch {
        let ids = Array(ids.prefix(size(atMost: most)))
        return BulkOperationMatch(ids: ids, examined: ids.count, next: place + ids.count < count ? ids.last?.uuid : nil)
    }
}

/// The operation was stopped, or another batch of it came first.
private struct Superseded: Error {}

extension Error {
    /// Whether an operation would fail for it again and again.
    fileprivate var isFinal: Bool {
        if let error = self as? PostgresError { return error.kind == .server && !error.isTransient }
        return self is UnknownFilter || self is JSONError
    }
}
