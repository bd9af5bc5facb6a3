import Foundation
public import JobCore
import Postgres

extension ScheduleStore {
    /// The most jobs, and bytes of payload, that one statement stores.
    private static let (statementJobs, statementBytes) = (1_000, 8 << 20)

    /// Fires the schedules that are due, and those whose waiting firing may happen as the job before it has ended: makes the
    /// jobs and writes down that the instants have been dealt with, in one transaction.
    ///
    /// Any number of schedulers may do this at once, as each schedule is taken by one of them. Whoever dies on the way leaves
    /// everything as it was. What is not published after the commit is found by the watermark rule.
    ///
    /// - Parameter limit: The most schedules to take.
    /// - Throws: ``CronError`` when there is no time zone data to tell what is due; nothing is changed then.
    /// - Returns: What was done, and what is to be published.
    public func fireDue(limit: Int) async throws -> ScheduleRound {
        try await pool.withTransaction { transaction in
            let rows = try await transaction.pipeline([
                Statements.takeDueSchedules.bind(Int32(limit)), Statements.takeFreedSchedules.bind(Int32(limit)),
            ])
            var round = ScheduleRound()
            round.hasMore = rows.contains { $0.count == limit }
            guard let first = rows.lazy.compactMap(\.first).first else { return round }
            let now = try first.decode("taken_at", as: Date.self)
            var taken: [ScheduleID: Schedule] = [:]
            for row in rows.joined() {
                let schedule = try Schedule(row: row)
                taken[schedule.id] = schedule
            }
            // The rows are locked now, so no newer job of theirs can be on record than the one that they name.
            let awaited = taken.values.filter { $0.definition.overlap != .allow || $0.waitingAt != nil }
            let unfinished = try await unfinishedJobs(among: awaited.compactMap(\.lastJob), transaction)
            var firings = Firings()
            for schedule in taken.values {
                do throws(CronError) {
                    let isUnfinished = schedule.lastJob.map(unfinished.contains) ?? false
                    let plan = try FiringPlan(for: schedule, isUnfinished: isUnfinished, now: now)
                    round.dropped += plan.dropped
                    round.missed += plan.missed
                    firings.add(plan, of: schedule)
                } catch {
                    // That is wrong with this machine, and not with the schedule.
                    if case .noZoneData = error { throw error }
                    round.broken.append((schedule, error))
                    firings.addBroken(schedule)
                }
            }
            round.announcements = try await store(firings, at: now, transaction)
            return round
        }
    }

    /// How long until the next schedule is due; negative when one is overdue, nil when none is planned.
    public func untilNextDue() async throws -> Duration? {
        try await pool.query(Statements.nextDueSchedule).single(Double?.self).map { .seconds($0) }
    }

    /// Reckons anew when schedules fire next, as the law about their clocks may be another one than when that was written down.
    ///
    /// - Parameters:
    ///   - cursor: The last schedule of the round before; nil for the first round.
    ///   - limit: The most schedules to look at.
    /// - Throws: ``CronError`` when there is no time zone data.
    /// - Returns: How many fire at another instant now, and where the next round begins; nil after the last one.
    public func replan(after cursor: ScheduleID?, limit: Int) async throws -> (moved: Int, next: ScheduleID?) {
        let first = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        let rows = try await pool.query(Statements.plannedSchedules, cursor?.uuid ?? first, Int32(limit))
        var moves: [(id: UUID, nextAt: Date?, settledAt: Date, version: Int32)] = []
        var last: ScheduleID?
        for row in rows {
            let id = try row.decode("id", as: UUID.self)
            last = ScheduleID(id)
            let settledAt = try row.decode("settled_at", as: Date.self)
            let (cron, zone) = (try row.decode("cron", as: String.self), try row.decode("timezone", as: String?.self))
            let createdAt = try row.decode("created_at", as: Date.self)
            let schedule: CronSchedule
            do throws(CronError) {
                schedule = try CronSchedule(cron, timeZone: zone, createdAt: createdAt)
            } catch {
                if case .noZoneData = error { throw error }
                // Its time comes, and with it the word that it cannot be read.
                continue
            }
            let nextAt = schedule.next(after: settledAt)
            if nextAt != (try row.decode("next_at", as: Date?.self)) {
                moves.append((id, nextAt, settledAt, try row.decode("version", as: Int32.self)))
            }
        }
        var moved = 0
        if !moves.isEmpty {
            let move = Statements.moveSchedules.bind(
                moves.map(\.id),
                moves.map(\.nextAt),
                moves.map(\.settledAt),
                moves.map(\.version)
            )
            moved = try await pool.pipeline([move, Statements.announceSchedules.bind()])[0].affectedRows
        }
        return (moved, rows.count == limit ? last : nil)
    }

    private func unfinishedJobs(among jobs: [JobID], _ transaction: PostgresTransaction) async throws -> Set<JobID> {
        guard !jobs.isEmpty else { return [] }
        let found = try await transaction.query(Statements.unfinishedJobs, jobs.map(\.uuid)).decode(UUID.self)
        return Set(found.map(JobID.init))
    }

    /// Writes everything down.
    ///
    /// - Returns: What is to be published.
    private func store(_ firings: Firings, at now: Date, _ transaction: PostgresTransaction) async throws
        -> [JobAnnouncement]
    {
        guard !firings.all.isEmpty else {
            try await transaction.pipeline([firings.settlement(keeping: [])])
            return []
        }
        let recorded = try await transaction.query(
            Statements.insertFirings,
            firings.all.map(\.schedule.uuid),
            firings.all.map(\.instant),
            firings.all.map(\.job.id.uuid)
        ).decode(UUID.self)
        let kept = Set(recorded.map(JobID.init))
        let happened = firings.all.filter { kept.contains($0.job.id) }
        for jobs in Self.batches(of: happened.map(\.job)) {
            try await transaction.pipeline([SubmissionStore.insertion(of: jobs)])
        }
        try await transaction.pipeline([
            Statements.awaitJobs.bind(happened.filter(\.isAwaited).map(\.job.id.uuid)),
            firings.settlement(keeping: kept),
        ])
        return happened.map { JobAnnouncement($0.job, queuedAt: now) }
    }

    private static func batches(of jobs: [NewJob]) -> [[NewJob]] {
        var batches: [[NewJob]] = []
        var bytes = 0
        for job in jobs {
            bytes += job.payload.count
            if let last = batches.last, last.count < statementJobs, bytes <= statementBytes {
                batches[batches.count - 1].append(job)
            } else {
                batches.append([job])
                bytes = job.payload.count
            }
        }
        return batches
    }
}

/// What a scheduler did with the schedules that were due.
public struct ScheduleRound: Sendable {
    /// The jobs that were made and are to be published.
    public internal(set) var announcements: [JobAnnouncement] = []
    /// How many firings had no job, as the job before them had not ended.
    public internal(set) var dropped = 0
    /// How many firings did not happen, as no scheduler was there in time and their schedules do not make up for them.
    public internal(set) var missed = 0
    /// Schedules that can no longer be read, and why; they are paused.
    public internal(set) var broken: [(schedule: Schedule, error: CronError)] = []
    /// Whether more may be due than was taken.
    public internal(set) var hasMore = false
}
