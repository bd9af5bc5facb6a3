import JobStore
import Logging
import Metrics
import Platform

/// The duties that remove what is old enough to go, in steps that nothing else feels.
struct RetentionDuties: Sendable {
    /// How many rows go in one statement.
    static let step = 1_000
    /// How long operations that have ended are kept.
    private static let retentionOfOperations = Duration.seconds(30 * 86_400)

    let stores: Stores
    let settings: SchedulerSettings
    let logger: Logger

    /// All of them.
    var all: [PeriodicDuty] {
        [dropDays, deleteStrayJobs, deleteDeadJobs, deleteExpiredKeys, deleteFirings, deleteOperations]
    }

    private var dropDays: PeriodicDuty {
        PeriodicDuty("finished jobs", every: .seconds(120), logger: logger) {
            for day in try await stores.retention.expiredDays(olderThan: settings.retentionCompleted) {
                let isDropped = try await retryingConflicts { try await stores.retention.drop(day: day) }
                logger.info(
                    isDropped ? "a day's finished jobs were removed" : "a day's finished jobs are in use; trying again",
                    metadata: ["day": "\(day)"]
                )
            }
            return false
        }
    }

    private var deleteStrayJobs: PeriodicDuty {
        deletion("stray finished jobs", of: "jobs_finished") {
            try await stores.retention.deleteStrayJobs(olderThan: settings.retentionCompleted, limit: Self.step)
        }
    }

    private var deleteDeadJobs: PeriodicDuty {
        deletion("dead letters", of: "jobs_dead") {
            try await stores.retention.deleteDeadJobs(olderThan: settings.retentionDead, limit: Self.step)
        }
    }

    private var deleteExpiredKeys: PeriodicDuty {
        deletion("idempotency keys", of: "idempotency_keys") {
            try await stores.submissions.deleteExpiredKeys(limit: Self.step)
        }
    }

    private var deleteFirings: PeriodicDuty {
        deletion("schedule firings", of: "schedule_firings") {
            try await stores.schedules.deleteFirings(olderThan: settings.retentionCompleted, limit: Self.step)
        }
    }

    private var deleteOperations: PeriodicDuty {
        deletion("old operations", of: "operations") {
            try await stores.operations.deleteOld(olderThan: Self.retentionOfOperations, limit: Self.step)
        }
    }

    /// A duty that removes rows, a full step at a time, until it finds fewer.
    private func deletion(_ name: String, of table: String, _ delete: @escaping @Sendable () async throws -> Int)
        -> PeriodicDuty
    {
        let removed = Counter(.removedRows, [("table", table)])
        return PeriodicDuty(name, every: .seconds(120), logger: logger) {
            let count = try await retryingConflicts { try await delete() }
            removed.increment(by: count)
            return count == Self.step
        }
    }
}
