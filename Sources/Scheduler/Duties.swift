import JobCore
import JobStore
import Logging
import Metrics
import Platform
import Synchronization

/// The periodic duties of a scheduler.
struct Duties: Sendable {
    /// How many backlogs a sweep reads.
    private static let maxBacklogs = 200_000
    /// How many leases are ended, and how many jobs without a worker or a handler are dealt with, in one transaction.
    private static let (maxLeases, maxJobs) = (10, 1_000)
    /// How many types metrics tell of.
    private static let maxTypes = 20
    /// How long jobs without a worker are not looked for again when counting them was mistaken: it reads the whole table.
    private static let orphanPause = Duration.seconds(300)

    let stores: Stores
    let settings: SchedulerSettings
    let endedRuns: EndedRunsPublisher
    let deadLetters: DeadLetterPublisher
    let changes: ChangeTeller
    let meters: JobMeters
    let logger: Logger

    /// All of them.
    var all: [PeriodicDuty] {
        [sweep, tend, buryUnhandled, makePartitions, sweepClaimBatches, replanSchedules, removeTenants]
            + RetentionDuties(stores: stores, settings: settings, logger: logger).all
    }

    /// What waits too long is told to the job-services, and jobs of workers whose lease ran out are taken back.
    private var sweep: PeriodicDuty {
        let state = Mutex(BacklogSweep())
        let overdue = Counter(.overdueBacklogs)
        let expired = Counter(.expiredLeases)
        let lost = LostRuns()
        return PeriodicDuty("sweep", every: BacklogSweep.interval, isVital: true, logger: logger) {
            let (waiting, hasExpiredLeases) = try await stores.backlogs.sweep(limit: Self.maxBacklogs)
            if hasExpiredLeases { try await endExpiredLeases(counting: expired, lost) }
            let looks = state.withLock { $0.looks(among: waiting, at: .now) }
            guard !looks.isEmpty else { return false }
            let (oldest, now) = try await stores.backlogs.oldest(looks)
            let hints = state.withLock { $0.found(oldest, in: looks, at: now) }
            overdue.increment(by: hints.count)
            try await stores.backlogs.announce(hints)
            return false
        }
    }

    private func endExpiredLeases(counting expired: Counter, _ lost: LostRuns) async throws {
        while true {
            let (workers, ended) = try await retryingConflicts {
                try await stores.leases.endExpired(limit: Self.maxLeases)
            }
            publish(ended, counting: lost)
            expired.increment(by: workers.count)
            for worker in workers {
                logger.warning(
                    "a worker's lease ran out; its jobs were taken back",
                    metadata: ["worker_id": "\(worker.id)", "name": "\(worker.name)"]
                )
            }
            if workers.count < Self.maxLeases { return }
        }
    }

    /// Now and then: the counters are folded, jobs without a handler are noted, and those that run for nobody are taken back.
    private var tend: PeriodicDuty {
        let lost = LostRuns()
        let orphans = Counter(.orphanedRuns)
        let unhandled = Gauge(.unhandledJobs)
        let told = Mutex<Set<String>>([])
        let pausedUntil = Mutex(ContinuousClock.now)
        return PeriodicDuty("counters", every: .seconds(15), logger: logger) {
            let (types, running) = try await stores.backlogs.tend(limit: Self.maxTypes)
            unhandled.record(types.reduce(0) { $0 + $1.jobs })
            let new = told.withLock { told in
                defer { told = Set(types.map(\.type)) }
                return types.filter { !told.contains($0.type) }
            }
            for type in new {
                logger.warning(
                    "jobs wait, as no worker has a handler for their type",
                    metadata: ["type": "\(type.type)", "jobs": "\(type.jobs)"]
                )
            }
            guard running > 0, pausedUntil.withLock({ $0 <= .now }) else { return false }
            let ended = try await retryingConflicts { try await stores.leases.endOrphans(limit: Self.maxJobs) }
            let count = ended.announcements.count + ended.deaths.count + ended.cancelled
            publish(ended, counting: lost)
            orphans.increment(by: count)
            guard count > 0 else {
                pausedUntil.withLock { $0 = .now + Self.orphanPause }
                return false
            }
            logger.error("jobs ran for workers without a lease; they were taken back", metadata: ["jobs": "\(count)"])
            return count == Self.maxJobs
        }
    }

    private func publish(_ ended: EndedRuns, counting lost: LostRuns) {
        endedRuns.publish(ended)
        changes.changed(ended)
        lost.requeued.increment(by: ended.announcements.count)
        lost.dead.increment(by: ended.deaths.count)
        lost.cancelled.increment(by: ended.cancelled)
    }

    private var buryUnhandled: PeriodicDuty {
        let pause = min(.seconds(60), settings.unhandledTypeTTL / 4)
        return PeriodicDuty("jobs without a handler", every: pause, logger: logger) {
            let deaths = try await retryingConflicts {
                try await stores.backlogs.buryUnhandled(after: settings.unhandledTypeTTL, limit: Self.maxJobs)
            }
            deadLetters.publish(deaths)
            changes.changed(deaths)
            meters.buried(deaths)
            return deaths.count == Self.maxJobs
        }
    }

    private var makePartitions: PeriodicDuty {
        PeriodicDuty("history partitions", every: .seconds(3600), logger: logger) {
            let (made, isDone) = try await stores.history.makePartitions(daysAhead: 7)
            if !made.isEmpty {
                logger.info("history partitions were made", metadata: ["days": "\(made.joined(separator: " "))"])
            }
            guard !isDone else { return false }
            // Readers hold the history; it is needed tomorrow at the earliest.
            try? await Task.sleep(for: .seconds(1))
            return true
        }
    }

    /// Once the law about clocks has changed, schedules that already know when they fire next are told the right instant.
    private var replanSchedules: PeriodicDuty {
        let plan = Mutex(Replanning())
        return PeriodicDuty("time zones", every: TimeZoneDatabase.recheck, logger: logger) {
            guard plan.withLock({ $0.isDue(at: TimeZoneDatabase.system.stamp) }) else { return false }
            var (moved, cursor): (Int, ScheduleID?) = (0, nil)
            repeat {
                let round = try await stores.schedules.replan(after: cursor, limit: Self.maxJobs)
                moved += round.moved
                cursor = round.next
            } while cursor != nil && !Task.isCancelled
            plan.withLock { $0.finishRound() }
            if moved > 0 {
                logger.notice(
                    "the time zone database has changed, and with it schedules",
                    metadata: ["moved": "\(moved)"]
                )
            }
            return false
        }
    }

    /// Tenants that were deleted are removed with all that they have, in steps that leave room for others.
    private var removeTenants: PeriodicDuty {
        PeriodicDuty("tenants", every: .seconds(10), logger: logger) {
            switch try await retryingConflicts({ try await stores.tenants.removeStep() }) {
            case .went:
                try? await Task.sleep(for: .milliseconds(10))
                return true
            case .ended(let tenant):
                logger.notice("a tenant was removed", metadata: ["tenant": "\(tenant)"])
                return true
            case .waits, nil: return false
            }
        }
    }

    private var sweepClaimBatches: PeriodicDuty {
        PeriodicDuty("claim batches", every: .seconds(120), logger: logger) {
            let swept = try await stores.exchanges.sweepBatches(olderThan: .seconds(60))
            if swept > 0 { logger.debug("claim batches were swept", metadata: ["batches": "\(swept)"]) }
            return false
        }
    }
}

/// What became of the runs that were taken back.
private struct LostRuns: Sendable {
    let requeued = Counter(.lostRuns, [("outcome", "requeued")])
    let dead = Counter(.lostRuns, [("outcome", "dead")])
    let cancelled = Counter(.lostRuns, [("outcome", "cancelled")])
}

/// When schedules are to be planned anew: at the start, and when the time zone database has changed.
///
/// Other processes look at a zone's file a while later, and may plan by the old one until then. So it is done a few times.
struct Replanning {
    /// How many rounds, of which the last begins after every process has looked again.
    private static let rounds = 3

    private var stamp: TimeZoneDatabase.Stamp??
    private var roundsLeft = 0

    /// Whether a round is to be made now.
    mutating func isDue(at current: TimeZoneDatabase.Stamp?) -> Bool {
        if stamp != .some(current) {
            stamp = .some(current)
            roundsLeft = Self.rounds
        }
        return roundsLeft > 0
    }

    /// A round was made to its end.
    mutating func finishRound() { roundsLeft -= 1 }
}
