import Foundation
import JobCore
import Platform
import Postgres

/// The firings of one round, and how the schedules stand after them.
struct Firings {
    /// A firing and its job.
    struct Firing {
        var schedule: ScheduleID
        var instant: Date
        var job: NewJob
        /// Whether a later firing may wait for the job's end.
        var isAwaited: Bool
        /// The beginning of the job's trace.
        var creation: CreationSpan
    }

    private struct Settlement {
        var schedule: ScheduleID
        var settledAt: Date
        var nextAt: Date?
        var waitingAt: Date?
        var isBroken = false
    }

    /// The firings, those of a schedule in the order of their instants.
    private(set) var all: [Firing] = []
    private var settlements: [Settlement] = []
    private var skipped: [ScheduleID: (count: Int64, reason: String)] = [:]

    /// The queues that its jobs go to.
    var queues: Set<TenantQueue> { Set(all.map { TenantQueue(tenant: $0.job.tenant, queue: $0.job.queue) }) }

    /// Leaves out the firings for whose jobs there is no room.
    ///
    /// - Returns: How many.
    mutating func skip(beyond room: JobRoom) -> Int {
        var room = room
        var kept: [Firing] = []
        for firing in all {
            let queue = TenantQueue(tenant: firing.job.tenant, queue: firing.job.queue)
            if let refusal = room.take(queue, bytes: firing.job.payload.count) {
                skipped[firing.schedule] = ((skipped[firing.schedule]?.count ?? 0) + 1, refusal.name)
            } else {
                kept.append(firing)
            }
        }
        defer { all = kept }
        return all.count - kept.count
    }

    /// Takes in what a schedule does.
    mutating func add(_ plan: FiringPlan, of schedule: Schedule) {
        for instant in plan.fires {
            let creation = CreationSpan.root()
            var job = schedule.definition.job.job(of: schedule.tenant)
            job.trace = creation.trace
            all.append(
                Firing(
                    schedule: schedule.id,
                    instant: instant,
                    job: job,
                    isAwaited: schedule.definition.overlap == .queue,
                    creation: creation
                )
            )
        }
        settlements.append(
            Settlement(
                schedule: schedule.id,
                settledAt: plan.settledAt,
                nextAt: plan.nextAt,
                waitingAt: plan.waits
            )
        )
    }

    /// Takes in that a schedule cannot be read: it is paused and otherwise left as it is.
    mutating func addBroken(_ schedule: Schedule) {
        settlements.append(
            Settlement(
                schedule: schedule.id,
                settledAt: schedule.settledAt,
                nextAt: schedule.nextAt,
                waitingAt: schedule.waitingAt,
                isBroken: true
            )
        )
    }

    /// The statement that writes down how the schedules stand.
    ///
    /// - Parameter kept: The jobs of the firings that were not on record before.
    func settlement(keeping kept: Set<JobID>) -> PostgresStatement.Bound {
        var last: [ScheduleID: Firing] = [:]
        for firing in all where kept.contains(firing.job.id) { last[firing.schedule] = firing }
        return Statements.settleSchedules.bind(
            settlements.map(\.schedule.uuid),
            settlements.map(\.settledAt),
            settlements.map(\.nextAt),
            settlements.map(\.waitingAt),
            settlements.map { last[$0.schedule]?.instant },
            settlements.map { last[$0.schedule]?.job.id.uuid },
            settlements.map(\.isBroken),
            settlements.map { skipped[$0.schedule]?.count ?? 0 },
            settlements.map { skipped[$0.schedule]?.reason }
        )
    }
}
