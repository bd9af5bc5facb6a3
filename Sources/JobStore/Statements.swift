import Postgres

/// The SQL of the stores, read from the `.sql` files of this folder when the library is built.
enum Statements {
    static let insertJobs = PostgresStatement("insert_jobs", text(PackageResources.insert_jobs_sql))
    static let heldRun = PostgresStatement("held_run", text(PackageResources.held_run_sql))
    static let keepNotes = PostgresStatement("keep_notes", text(PackageResources.keep_notes_sql))
    static let listLogLines = PostgresStatement("list_log_lines", text(PackageResources.list_log_lines_sql))
    static let logLinesOfRuns = PostgresStatement("log_lines_of_runs", text(PackageResources.log_lines_of_runs_sql))
    static let completeJobs = PostgresStatement("complete_jobs", text(PackageResources.complete_jobs_sql))
    static let failJobs = PostgresStatement("fail_jobs", text(PackageResources.fail_jobs_sql))
    static let releaseJobs = PostgresStatement("release_jobs", text(PackageResources.release_jobs_sql))
    static let queueDueJobs = PostgresStatement("queue_due_jobs", text(PackageResources.queue_due_jobs_sql))
    static let nextDue = PostgresStatement("next_due", text(PackageResources.next_due_sql))
    static let announceTimers = PostgresStatement("announce_timers", text(PackageResources.announce_timers_sql))
    static let registerWorker = PostgresStatement("register_worker", text(PackageResources.register_worker_sql))
    static let renewLeases = PostgresStatement("renew_leases", text(PackageResources.renew_leases_sql))
    static let closeClaimBatches = PostgresStatement(
        "close_claim_batches",
        text(PackageResources.close_claim_batches_sql)
    )
    static let sweepClaimBatches = PostgresStatement(
        "sweep_claim_batches",
        text(PackageResources.sweep_claim_batches_sql)
    )
    static let endExpiredLeases = PostgresStatement("end_expired_leases", text(PackageResources.end_expired_leases_sql))
    static let lostBatches = PostgresStatement("lost_batches", text(PackageResources.lost_batches_sql))
    static let returnLostJobs = PostgresStatement("return_lost_jobs", text(PackageResources.return_lost_jobs_sql))
    static let findJob = PostgresStatement("find_job", text(PackageResources.find_job_sql))
    static let planInOrder = PostgresStatement("plan_in_order", text(PackageResources.plan_in_order_sql))
    static let countJobs = PostgresStatement("count_jobs", text(PackageResources.count_jobs_sql))
    static let cancelJobs = PostgresStatement("cancel_jobs", text(PackageResources.cancel_jobs_sql))
    static let cancelledRuns = PostgresStatement("cancelled_runs", text(PackageResources.cancelled_runs_sql))
    static let queueJobsNow = PostgresStatement("queue_jobs_now", text(PackageResources.queue_jobs_now_sql))
    static let listAttempts = PostgresStatement("list_attempts", text(PackageResources.list_attempts_sql))
    static let listDeadLetters = walkedDeadLetters("list_dead_letters", PackageResources.list_dead_letters_sql)
    static let groupDeadLetters = walkedDeadLetters("group_dead_letters", PackageResources.group_dead_letters_sql)
    static let pickDeadLetters = PostgresStatement("pick_dead_letters", text(PackageResources.pick_dead_letters_sql))
    static let replayDeadLetters = PostgresStatement(
        "replay_dead_letters",
        text(PackageResources.replay_dead_letters_sql)
    )
    static let deleteJobs = PostgresStatement("delete_jobs", text(PackageResources.delete_jobs_sql))
    static let writeAudit = PostgresStatement("write_audit", text(PackageResources.write_audit_sql))
    static let databaseTime = PostgresStatement("database_time", text(PackageResources.database_time_sql))
    static let missingPartitions = PostgresStatement(
        "missing_partitions",
        text(PackageResources.missing_partitions_sql)
    )
    static let takeIdempotencyKeys = PostgresStatement(
        "take_idempotency_keys",
        text(PackageResources.take_idempotency_keys_sql)
    )
    static let findIdempotencyKeys = PostgresStatement(
        "find_idempotency_keys",
        text(PackageResources.find_idempotency_keys_sql)
    )
    static let queueDepths = PostgresStatement("queue_depths", text(PackageResources.queue_depths_sql))
    static let deleteExpiredKeys = PostgresStatement(
        "delete_expired_keys",
        text(PackageResources.delete_expired_keys_sql)
    )
    static let expiredPartitions = PostgresStatement(
        "expired_partitions",
        text(PackageResources.expired_partitions_sql)
    )
    static let deleteAttemptsOfDay = PostgresStatement(
        "delete_attempts_of_day",
        text(PackageResources.delete_attempts_of_day_sql)
    )
    static let deleteStrayFinishedJobs = PostgresStatement(
        "delete_stray_finished_jobs",
        text(PackageResources.delete_stray_finished_jobs_sql)
    )
    static let deleteOldDeadJobs = PostgresStatement(
        "delete_old_dead_jobs",
        text(PackageResources.delete_old_dead_jobs_sql)
    )

    static let insertUser = PostgresStatement("insert_user", text(PackageResources.insert_user_sql))
    static let findUser = PostgresStatement("find_user", text(PackageResources.find_user_sql))
    static let lockUser = PostgresStatement("lock_user", text(PackageResources.lock_user_sql))
    static let findLogin = PostgresStatement("find_login", text(PackageResources.find_login_sql))
    static let listUsers = PostgresStatement("list_users", text(PackageResources.list_users_sql))
    static let updateUser = PostgresStatement("update_user", text(PackageResources.update_user_sql))
    static let deleteUser = PostgresStatement("delete_user", text(PackageResources.delete_user_sql))
    static let endSessions = PostgresStatement("end_sessions", text(PackageResources.end_sessions_sql))
    static let openSession = PostgresStatement("open_session", text(PackageResources.open_session_sql))
    static let refreshSession = PostgresStatement("refresh_session", text(PackageResources.refresh_session_sql))
    static let endReusedSession = PostgresStatement(
        "end_reused_session",
        text(PackageResources.end_reused_session_sql)
    )
    static let endSession = PostgresStatement("end_session", text(PackageResources.end_session_sql))
    static let insertAPIKey = PostgresStatement("insert_api_key", text(PackageResources.insert_api_key_sql))
    static let findAPIKey = PostgresStatement("find_api_key", text(PackageResources.find_api_key_sql))
    static let listAPIKeys = PostgresStatement("list_api_keys", text(PackageResources.list_api_keys_sql))
    static let revokeAPIKey = PostgresStatement("revoke_api_key", text(PackageResources.revoke_api_key_sql))
    static let insertRevocation = PostgresStatement("insert_revocation", text(PackageResources.insert_revocation_sql))
    static let listRevocations = PostgresStatement("list_revocations", text(PackageResources.list_revocations_sql))
    static let listAudit = PostgresStatement("list_audit", text(PackageResources.list_audit_sql))
    static let listQueues = PostgresStatement("list_queues", text(PackageResources.list_queues_sql))
    static let queueFigures = PostgresStatement("queue_figures", text(PackageResources.queue_figures_sql))
    static let findQueue = PostgresStatement("find_queue", text(PackageResources.find_queue_sql))
    static let changeQueue = PostgresStatement("change_queue", text(PackageResources.change_queue_sql))
    static let queueLimits = PostgresStatement("queue_limits", text(PackageResources.queue_limits_sql))
    static let liveWorkers = PostgresStatement("live_workers", text(PackageResources.live_workers_sql))
    static let findJobs = PostgresStatement("find_jobs", text(PackageResources.find_jobs_sql))

    static let grantRuns = PostgresStatement("grant_runs", text(PackageResources.grant_runs_sql))
    static let heldRuns = PostgresStatement("held_runs", text(PackageResources.held_runs_sql))
    static let lockSessionOfWorker = PostgresStatement(
        "lock_session_of_worker",
        text(PackageResources.lock_session_of_worker_sql)
    )
    static let endSessionOfWorker = PostgresStatement(
        "end_session_of_worker",
        text(PackageResources.end_session_of_worker_sql)
    )
    static let expiredLeases = PostgresStatement("expired_leases", text(PackageResources.expired_leases_sql))
    static let waitingBacklogs = PostgresStatement("waiting_backlogs", text(PackageResources.waiting_backlogs_sql))
    static let oldestQueued = PostgresStatement("oldest_queued", text(PackageResources.oldest_queued_sql))
    static let announceBacklogs = PostgresStatement("announce_backlogs", text(PackageResources.announce_backlogs_sql))
    static let announceJobWaits = PostgresStatement("announce_job_waits", text(PackageResources.announce_job_waits_sql))
    static let foldCounters = PostgresStatement("fold_counters", text(PackageResources.fold_counters_sql))
    static let restCounters = PostgresStatement("rest_counters", text(PackageResources.rest_counters_sql))
    static let countOrphans = PostgresStatement("count_orphans", text(PackageResources.count_orphans_sql))
    static let findOrphans = PostgresStatement("find_orphans", text(PackageResources.find_orphans_sql))
    static let noteUnhandled = PostgresStatement("note_unhandled", text(PackageResources.note_unhandled_sql))
    static let buryUnhandled = PostgresStatement("bury_unhandled", text(PackageResources.bury_unhandled_sql))
    static let isHandled = PostgresStatement("is_handled", text(PackageResources.is_handled_sql))
    static let unhandledTypes = PostgresStatement("unhandled_types", text(PackageResources.unhandled_types_sql))
    static let countBatch = PostgresStatement("count_batch", text(PackageResources.count_batch_sql))
    static let pausedQueues = PostgresStatement("paused_queues", text(PackageResources.paused_queues_sql))

    static let holdFigures = PostgresStatement("hold_figures", text(PackageResources.hold_figures_sql))
    static let figuresOfBusiest = PostgresStatement(
        "figures_of_busiest",
        text(PackageResources.figures_of_busiest_sql)
    )
    static let oldestOfOthers = PostgresStatement("oldest_of_others", text(PackageResources.oldest_of_others_sql))
    static let countWhatIsKept = PostgresStatement(
        "count_what_is_kept",
        text(PackageResources.count_what_is_kept_sql)
    )

    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}

/// The SQL about schedules.
extension Statements {
    static let insertSchedule = PostgresStatement("insert_schedule", text(PackageResources.insert_schedule_sql))
    static let findSchedule = PostgresStatement("find_schedule", text(PackageResources.find_schedule_sql))
    static let lockSchedule = PostgresStatement("lock_schedule", text(PackageResources.lock_schedule_sql))
    static let listSchedules = PostgresStatement("list_schedules", text(PackageResources.list_schedules_sql))
    static let replaceSchedule = PostgresStatement("replace_schedule", text(PackageResources.replace_schedule_sql))
    static let pauseSchedule = PostgresStatement("pause_schedule", text(PackageResources.pause_schedule_sql))
    static let deleteSchedule = PostgresStatement("delete_schedule", text(PackageResources.delete_schedule_sql))
    static let announceSchedules = PostgresStatement(
        "announce_schedules",
        text(PackageResources.announce_schedules_sql)
    )
    static let takeDueSchedules = PostgresStatement("take_due_schedules", text(PackageResources.take_due_schedules_sql))
    static let takeFreedSchedules = PostgresStatement(
        "take_freed_schedules",
        text(PackageResources.take_freed_schedules_sql)
    )
    static let unfinishedJobs = PostgresStatement("unfinished_jobs", text(PackageResources.unfinished_jobs_sql))
    static let insertFirings = PostgresStatement("insert_firings", text(PackageResources.insert_firings_sql))
    static let awaitJobs = PostgresStatement("await_jobs", text(PackageResources.await_jobs_sql))
    static let settleSchedules = PostgresStatement("settle_schedules", text(PackageResources.settle_schedules_sql))
    static let plannedSchedules = PostgresStatement("planned_schedules", text(PackageResources.planned_schedules_sql))
    static let moveSchedules = PostgresStatement("move_schedules", text(PackageResources.move_schedules_sql))
    static let nextDueSchedule = PostgresStatement("next_due_schedule", text(PackageResources.next_due_schedule_sql))
    static let listFirings = PostgresStatement("list_firings", text(PackageResources.list_firings_sql))
    static let deleteOldFirings = PostgresStatement("delete_old_firings", text(PackageResources.delete_old_firings_sql))
}

/// The SQL about tenants.
extension Statements {
    static let findTenant = PostgresStatement("find_tenant", text(PackageResources.find_tenant_sql))
    static let listTenants = PostgresStatement("list_tenants", text(PackageResources.list_tenants_sql))
    static let insertTenant = PostgresStatement("insert_tenant", text(PackageResources.insert_tenant_sql))
    static let ensureTenant = PostgresStatement("ensure_tenant", text(PackageResources.ensure_tenant_sql))
    static let lockTenant = PostgresStatement("lock_tenant", text(PackageResources.lock_tenant_sql))
    static let changeTenant = PostgresStatement("change_tenant", text(PackageResources.change_tenant_sql))
    static let restSchedules = PostgresStatement("rest_schedules", text(PackageResources.rest_schedules_sql))
    static let newQueues = PostgresStatement("new_queues", text(PackageResources.new_queues_sql))
    static let insertQueues = PostgresStatement("insert_queues", text(PackageResources.insert_queues_sql))
    static let countSchedules = PostgresStatement("count_schedules", text(PackageResources.count_schedules_sql))
    static let countAPIKeys = PostgresStatement("count_api_keys", text(PackageResources.count_api_keys_sql))
    static let countWorkers = PostgresStatement("count_workers", text(PackageResources.count_workers_sql))
    static let jobRoom = PostgresStatement("job_room", text(PackageResources.job_room_sql))
    static let pickRemoval = PostgresStatement("pick_removal", text(PackageResources.pick_removal_sql))
    static let noteRemoval = PostgresStatement("note_removal", text(PackageResources.note_removal_sql))
    static let removeAPIKeys = PostgresStatement("remove_api_keys", text(PackageResources.remove_api_keys_sql))
    static let removeUsers = PostgresStatement("remove_users", text(PackageResources.remove_users_sql))
    static let removeSchedules = PostgresStatement("remove_schedules", text(PackageResources.remove_schedules_sql))
    static let removeIdempotencyKeys = PostgresStatement(
        "remove_idempotency_keys",
        text(PackageResources.remove_idempotency_keys_sql)
    )
    static let removeLiveJobs = PostgresStatement("remove_live_jobs", text(PackageResources.remove_live_jobs_sql))
    static let removeFinishedJobs = PostgresStatement(
        "remove_finished_jobs",
        text(PackageResources.remove_finished_jobs_sql)
    )
    static let removeDeadJobs = PostgresStatement("remove_dead_jobs", text(PackageResources.remove_dead_jobs_sql))
    static let removeCounters = PostgresStatement("remove_counters", text(PackageResources.remove_counters_sql))
    static let removeQueueTotals = PostgresStatement(
        "remove_queue_totals",
        text(PackageResources.remove_queue_totals_sql)
    )
    static let removeQueues = PostgresStatement("remove_queues", text(PackageResources.remove_queues_sql))
    static let removeQueueNames = PostgresStatement("remove_queue_names", text(PackageResources.remove_queue_names_sql))
    static let removeUnhandled = PostgresStatement("remove_unhandled", text(PackageResources.remove_unhandled_sql))
    static let removeTenantDays = PostgresStatement("remove_tenant_days", text(PackageResources.remove_tenant_days_sql))
    static let removeTenantTotals = PostgresStatement(
        "remove_tenant_totals",
        text(PackageResources.remove_tenant_totals_sql)
    )
    static let removeWorkers = PostgresStatement("remove_workers", text(PackageResources.remove_workers_sql))
    static let removeTenant = PostgresStatement("remove_tenant", text(PackageResources.remove_tenant_sql))
    static let tenantLevels = PostgresStatement("tenant_levels", text(PackageResources.tenant_levels_sql))
    static let forgetDays = PostgresStatement("forget_days", text(PackageResources.forget_days_sql))
    static let queueRoom = PostgresStatement("queue_room", text(PackageResources.queue_room_sql))
    static let forgetQueue = PostgresStatement("forget_queue", text(PackageResources.forget_queue_sql))
    static let queueIsScheduled = PostgresStatement("queue_is_scheduled", text(PackageResources.queue_is_scheduled_sql))
    static let insertOperation = PostgresStatement("insert_operation", text(PackageResources.insert_operation_sql))
    static let findOperation = PostgresStatement("find_operation", text(PackageResources.find_operation_sql))
    static let listOperations = PostgresStatement("list_operations", text(PackageResources.list_operations_sql))
    static let countOperations = PostgresStatement("count_operations", text(PackageResources.count_operations_sql))
    static let stopOperation = PostgresStatement("stop_operation", text(PackageResources.stop_operation_sql))
    static let dueOperations = PostgresStatement("due_operations", text(PackageResources.due_operations_sql))
    static let nextOperation = PostgresStatement("next_operation", text(PackageResources.next_operation_sql))
    static let beginOperationBatch = PostgresStatement(
        "begin_operation_batch",
        text(PackageResources.begin_operation_batch_sql)
    )
    static let endOperationBatch = PostgresStatement(
        "end_operation_batch",
        text(PackageResources.end_operation_batch_sql)
    )
    static let delayOperation = PostgresStatement("delay_operation", text(PackageResources.delay_operation_sql))
    static let deleteOldOperations = PostgresStatement(
        "delete_old_operations",
        text(PackageResources.delete_old_operations_sql)
    )
    static let removeOperations = PostgresStatement("remove_operations", text(PackageResources.remove_operations_sql))
    static let payloadsToChange = PostgresStatement("payloads_to_change", text(PackageResources.payloads_to_change_sql))
    static let lockJob = PostgresStatement("lock_job", text(PackageResources.lock_job_sql))
    static let changeJob = PostgresStatement("change_job", text(PackageResources.change_job_sql))
    static let drainWorker = PostgresStatement("drain_worker", text(PackageResources.drain_worker_sql))
    static let changePayloads = PostgresStatement("change_payloads", text(PackageResources.change_payloads_sql))
    static let announceChanges = PostgresStatement("announce_changes", text(PackageResources.announce_changes_sql))
    static let keepFigures = PostgresStatement("keep_figures", text(PackageResources.keep_figures_sql))
    static let closeMinute = PostgresStatement("close_minute", text(PackageResources.close_minute_sql))
    static let deleteOldMinutes = PostgresStatement("delete_old_minutes", text(PackageResources.delete_old_minutes_sql))
    static let readKeeping = PostgresStatement("read_keeping", text(PackageResources.read_keeping_sql))
    static let readMinutes = PostgresStatement("read_minutes", text(PackageResources.read_minutes_sql))
    static let readWaits = PostgresStatement("read_waits", text(PackageResources.read_waits_sql))
    static let addWaits = PostgresStatement("add_waits", text(PackageResources.add_waits_sql))
    static let readPlatform = PostgresStatement("read_platform", text(PackageResources.read_platform_sql))
    static let oldestReady = PostgresStatement("oldest_ready", text(PackageResources.oldest_ready_sql))
    static let removeMinutes = PostgresStatement("remove_minutes", text(PackageResources.remove_minutes_sql))
    static let specialTenants = PostgresStatement("special_tenants", text(PackageResources.special_tenants_sql))
}

extension Statements {
    static let explainJob = PostgresStatement("explain_job", text(PackageResources.explain_job_sql))
    static let jobsAhead = PostgresStatement("jobs_ahead", text(PackageResources.jobs_ahead_sql))
    static let liveWorker = PostgresStatement("live_worker", text(PackageResources.live_worker_sql))
    static let jobsOfWorker = PostgresStatement("jobs_of_worker", text(PackageResources.jobs_of_worker_sql))
}

/// The SQL of the walks through jobs: what is done with what is found, one text of how that is, and where the jobs come from.
extension Statements {
    static let listWalkedJobs = walks("list", PackageResources.list_walked_jobs_sql)
    static let countWalkedJobs = walks("count", PackageResources.count_walked_jobs_sql)

    private static func walkedDeadLetters(_ name: String, _ use: [UInt8]) -> PostgresStatement {
        PostgresStatement(
            name,
            text(use).replacing("-- walk\n", with: text(PackageResources.walk_dead_letters_sql))
        )
    }

    private static func walks(_ name: String, _ use: [UInt8]) -> [JobWalk.Source: PostgresStatement] {
        let walk = text(use).replacing("-- walk\n", with: text(PackageResources.walk_jobs_sql))
        return Dictionary(
            uniqueKeysWithValues: JobWalk.Source.allCases.map { source in
                (source, PostgresStatement("\(name)_\(source)", walk.replacing("-- source\n", with: text(source.sql))))
            }
        )
    }
}

extension JobWalk.Source {
    /// The SQL that gives its rows.
    fileprivate var sql: [UInt8] {
        switch self {
        case .byID: PackageResources.jobs_by_id_sql
        case .ofTenant: PackageResources.jobs_of_tenant_sql
        case .ofParent: PackageResources.jobs_of_parent_sql
        case .cancelled: PackageResources.cancelled_jobs_sql
        case .running: PackageResources.running_jobs_sql
        }
    }
}
