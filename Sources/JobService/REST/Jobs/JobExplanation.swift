import Formats
import Foundation
import JobCore
import JobStore

/// Why a job runs, or does not. Pure.
struct JobExplanation {
    /// One reason.
    struct Reason {
        /// Names it for programs.
        enum Code: String, CaseIterable {
            case scheduled, backoff
            case tenantSuspended = "tenant_suspended"
            case queuePaused = "queue_paused"
            case noWorkerForQueue = "no_worker_for_queue"
            case noHandlerForType = "no_handler_for_type"
            case allSlotsTaken = "all_slots_taken"
            case typeLimitReached = "type_limit_reached"
            case behindOthers = "behind_others"
            case kafkaAway = "kafka_away"
            case databaseSlow = "database_slow"
            case soon, running
            case cancelRequested = "cancel_requested"
            case ended
        }

        let code: Code
        /// A sentence for people.
        let detail: String
        /// Since when it has been so; nil when that is not known.
        var since: Date?
    }

    private let job: Job
    private let obstacles: JobObstacles?
    /// The reasons, the foremost first; there is always one.
    let reasons: [Reason]

    /// Explains a job.
    ///
    /// - Parameters:
    ///   - obstacles: What stands in its way; nil for one that does not wait.
    ///   - components: How what the platform stands on is.
    init(_ job: Job, _ obstacles: JobObstacles?, _ components: ComponentStates.Reading) {
        self.job = job
        self.obstacles = obstacles
        reasons = Self.reasons(job, obstacles, components)
    }

    /// When the job starts at the earliest, if that is known.
    var estimatedStart: Date? { job.state == .scheduled || job.state == .retrying ? job.runAt : nil }

    private static func reasons(
        _ job: Job,
        _ obstacles: JobObstacles?,
        _ components: ComponentStates.Reading
    ) -> [Reason] {
        switch job.state {
        case .completed, .dead, .cancelled: [ended(job)]
        case .running: running(job)
        case .scheduled: [scheduled(job)] + (obstacles.map { standing($0, job) } ?? [])
        case .retrying: [backoff(job)] + (obstacles.map { standing($0, job) } ?? [])
        case .queued: obstacles.map { queued($0, job, components) } ?? []
        }
    }

    private static func ended(_ job: Job) -> Reason {
        let detail =
            switch job.state {
            case .dead: "It is among the dead letters (\(job.reason ?? "discarded")); a retry sends it round again."
            case .cancelled: "It was cancelled."
            default: "It has completed."
            }
        return Reason(code: .ended, detail: detail, since: job.finishedAt)
    }

    private static func running(_ job: Job) -> [Reason] {
        let worker = job.worker.map { " at worker \($0)" } ?? ""
        let running = Reason(code: .running, detail: "Attempt \(job.attempt) runs\(worker).", since: job.startedAt)
        guard let asked = job.cancelRequestedAt else { return [running] }
        let cancelling =
            "Its cancellation was asked for; its worker has been told, and its handler has not returned yet."
        return [Reason(code: .cancelRequested, detail: cancelling, since: asked), running]
    }

    private static func scheduled(_ job: Job) -> Reason {
        let due = job.runAt.map { " at \(RFC3339.string($0))" } ?? ""
        return Reason(code: .scheduled, detail: "It waits for its time: it is due\(due).", since: job.createdAt)
    }

    private static func backoff(_ job: Job) -> Reason {
        let due = job.runAt.map { "; the next one is due at \(RFC3339.string($0))" } ?? ""
        let detail = "Attempt \(job.attempt) of \(job.maxAttempts) failed\(due)."
        return Reason(code: .backoff, detail: detail, since: nil)
    }

    /// What keeps a job of its kind from running whenever it is due.
    private static func standing(_ obstacles: JobObstacles, _ job: Job) -> [Reason] {
        var reasons: [Reason] = []
        if !obstacles.isTenantActive {
            reasons.append(
                Reason(code: .tenantSuspended, detail: "Tenant '\(job.tenant)' is suspended; none of its jobs starts.")
            )
        }
        if obstacles.isPaused {
            reasons.append(Reason(code: .queuePaused, detail: "Queue '\(job.queue)' is paused; resume it."))
        }
        if obstacles.serving == 0 {
            reasons.append(
                Reason(code: .noWorkerForQueue, detail: "No worker that lives serves queue '\(job.queue)'; start one.")
            )
        } else if obstacles.handling == 0 {
            reasons.append(
                Reason(
                    code: .noHandlerForType,
                    detail:
                        "None of the \(obstacles.serving) workers that serve queue '\(job.queue)' has a handler for type '\(job.type)'.",
                    since: obstacles.unhandledSince
                )
            )
        }
        return reasons
    }

    private static func queued(
        _ obstacles: JobObstacles,
        _ job: Job,
        _ components: ComponentStates.Reading
    ) -> [Reason] {
        var reasons = standing(obstacles, job)
        if obstacles.handling > 0, obstacles.running >= obstacles.slots {
            let detail = "All \(obstacles.slots) slots of the workers that could run it are taken."
            reasons.append(Reason(code: .allSlotsTaken, detail: detail))
        } else if let limit = obstacles.typeLimit, obstacles.runningOfType >= limit {
            let detail =
                "Its workers run \(limit) jobs of type '\(job.type)' at once at most, and \(obstacles.runningOfType) run."
            reasons.append(Reason(code: .typeLimitReached, detail: detail))
        }
        if let ahead = obstacles.ahead, ahead > 0 {
            let count = obstacles.isAheadExact ? "\(ahead)" : "More than \(JobObstacles.maxAhead)"
            let detail = "\(count) older jobs of its queue, priority and type wait before it."
            reasons.append(Reason(code: .behindOthers, detail: detail, since: job.queuedAt))
        }
        if components.isKafkaAway {
            let detail =
                "Kafka is away, so workers are not told of jobs as they come: they look for them every few seconds."
            reasons.append(Reason(code: .kafkaAway, detail: detail))
        }
        if components.isPostgresSlow {
            let detail = "PostgreSQL answers slowly, and gives jobs out as slowly."
            reasons.append(Reason(code: .databaseSlow, detail: detail))
        }
        guard reasons.isEmpty else { return reasons }
        return [Reason(code: .soon, detail: "Nothing is in its way; a worker takes it next.", since: job.queuedAt)]
    }

    /// Writes it as a JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("id", job.id.description)
            object.member("state", job.state.rawValue)
            object.member("summary", reasons.first?.detail ?? "")
            object.name("reasons")
            object.array { array in
                for reason in reasons { write(reason, to: &array) }
            }
            object.member("ahead", orNull: obstacles?.ahead.map(Int64.init))
            object.member("is_ahead_exact", obstacles?.isAheadExact ?? true)
            object.member("estimated_start", orNull: estimatedStart.map(RFC3339.string))
        }
    }

    private func write(_ reason: Reason, to writer: inout JSONWriter) {
        writer.object { object in
            object.member("code", reason.code.rawValue)
            object.member("detail", reason.detail)
            object.member("since", orNull: reason.since.map(RFC3339.string))
            switch reason.code {
            case .running, .cancelRequested: object.member("worker", orNull: job.worker?.description)
            case .behindOthers: object.member("ahead", obstacles?.ahead ?? 0)
            case .allSlotsTaken: writeSlots(to: &object)
            case .typeLimitReached:
                object.member("limit", orNull: obstacles?.typeLimit.map(Int64.init))
                object.member("running", orNull: (obstacles?.runningOfType).map(Int64.init))
            default: break
            }
        }
    }

    private func writeSlots(to object: inout JSONWriter) {
        guard let obstacles else { return }
        object.member("slots", obstacles.slots)
        object.member("running", obstacles.running)
        object.name("taken_by")
        object.array { array in
            for (type, count) in obstacles.runningTypes {
                array.object {
                    $0.member("type", type)
                    $0.member("count", count)
                }
            }
        }
        object.member("taken_by_other_tenants", obstacles.runningOfOthers)
    }
}
