import Postgres

/// The SQL of the stores, read from the `.sql` files of this folder when the library is built.
enum Statements {
    static let insertJobs = PostgresStatement("insert_jobs", PackageResources.insert_jobs_sql)
    static let heldRun = PostgresStatement("held_run", PackageResources.held_run_sql)
    static let keepNotes = PostgresStatement("keep_notes", PackageResources.keep_notes_sql)
    static let listLogLines = PostgresStatement("list_log_lines", PackageResources.list_log_lines_sql)
    static let logLinesOfRuns = PostgresStatement("log_lines_of_runs", PackageResources.log_lines_of_runs_sql)
    static let completeJobs = PostgresStatement("complete_jobs", PackageResources.complete_jobs_sql)
    static let failJobs = PostgresStatement("fail_jobs", PackageResources.fail_jobs_sql)
    static let releaseJobs = PostgresStatement("release_jobs", PackageResources.release_jobs_sql)
    static let queueDueJobs = PostgresStatement("queue_due_jobs", PackageResources.queue_due_jobs_sql)
    static let nextDue = PostgresStatement("next_due", PackageResources.next_due_sql)
    static let announceTimers = PostgresStatement("announce_timers", PackageResources.announce_timers_sql)
    static let registerWorker = PostgresStatement("register_worker", PackageResources.register_worker_sql)
    static let renewLeases = PostgresStatement("renew_leases", PackageResources.renew_leases_sql)
    static let closeClaimBatches = PostgresStatement("close_claim_batches", PackageResources.close_claim_batches_sql)
    static let sweepClaimBatches = PostgresStatement("sweep_claim_batches", PackageResources.sweep_claim_batches_sql)
    static let endExpiredLeases = PostgresStatement("end_expired_leases", PackageResources.end_expired_leases_sql)
    static let lostBatches = PostgresStatement("lost_batches", PackageResources.lost_batches_sql)
    static let returnLostJobs = PostgresStatement("return_lost_jobs", PackageResources.return_lost_jobs_sql)
    static let findJob = PostgresStatement("find_job", PackageResources.find_job_sql)
    static let planInOrder = PostgresStatement("plan_in_order", PackageResources.plan_in_order_sql)
    static let countJobs = PostgresStatement("count_jobs", PackageResources.count_jobs_sql)
    static let cancelJobs = PostgresStatement("cancel_jobs", PackageResources.cancel_jobs_sql)
    static let cancelledRuns = PostgresStatement("cancelled_runs", PackageResources.cancelled_runs_sql)
    static let queueJobsNow = PostgresStatement("queue_jobs_now", PackageResources.queue_jobs_now_sql)
    static let listAttempts = PostgresStatement("list_attempts", PackageResources.list_attempts_sql)
    static let listDeadLetters = walkedDeadLetters("list_dead_letters", PackageResources.list_dead_letters_sql)
    static let groupDeadLetters = walkedDeadLetters("group_dead_letters", PackageResources.group_dead_letters_sql)
    static let pickDeadLetters = PostgresStatement("pick_dead_letters", PackageResources.pick_dead_letters_sql)
    static let replayDeadLetters = PostgresStatement("replay_dead_letters", PackageResources.replay_dead_letters_sql)
    static let deleteJobs = PostgresStatement("delete_jobs", PackageResources.delete_jobs_sql)
    static let writeAudit = PostgresStatement("write_audit", PackageResources.write_audit_sql)
    static let databaseTime = PostgresStatement("database_time", PackageResources.database_time_sql)
    static let missingPartitions = PostgresStatement("missing_partitions", PackageResources.missing_partitions_sql)
    static let takeIdempotencyKeys = PostgresStatement(
        "take_idempotency_keys",
        PackageResources.take_idempotency_keys_sql
    )
    static let findIdempotencyKeys = PostgresStatement(
        "find_idempotency_keys",
        PackageResources.find_idempotency_keys_sql
    )
    static let queueDepths = PostgresStatement("queue_depths", PackageResources.queue_depths_sql)
    static let deleteExpiredKeys = PostgresStatement("delete_expired_keys", PackageResources.delete_expired_keys_sql)
    static let expiredPartitions = PostgresStatement("expired_partitions", PackageResources.expired_partitions_sql)
    static let deleteAttemptsOfDay = PostgresStatement(
        "delete_attempts_of_day",
        PackageResources.delete_attempts_of_day_sql
    )
    static let deleteStrayFinishedJobs = PostgresStatement(
        "delete_stray_finished_jobs",
        PackageResources.delete_stray_finished_jobs_sql
    )
    static let deleteOldDeadJobs = PostgresStatement("delete_old_dead_jobs", PackageResources.delete_old_dead_jobs_sql)

    static let insertUser = PostgresStatement("insert_user", PackageResources.insert_user_sql)
    static let findUser = PostgresStatement("find_user", PackageResources.find_user_sql)
    static let lockUser = PostgresStatement("lock_user", PackageResources.lock_user_sql)
    static let findLogin = PostgresStatement("find_login", PackageResources.find_login_sql)
    static let listUsers = PostgresStatement("list_users", PackageResources.list_users_sql)
    static let updateUser = PostgresStatement("update_user", PackageResources.update_user_sql)
    static let deleteUser = PostgresStatement("delete_user", PackageResources.delete_user_sql)
    static let endSessions = PostgresStatement("end_sessions", PackageResources.end_sessions_sql)
    static let openSession = PostgresStatement("open_session", PackageResources.open_session_sql)
    static let refreshSession = PostgresStatement("refresh_session", PackageResources.refresh_session_sql)
    static let endReusedSession = PostgresStatement("end_reused_session", PackageResources.end_reused_session_sql)
    static let endSession = PostgresStatement("end_session", PackageResources.end_session_sql)
    static let insertAPIKey = PostgresStatement("insert_api_key", PackageResources.insert_api_key_sql)
    static let findAPIKey = PostgresStatement("find_api_key", PackageResources.find_api_key_sql)
    static let listAPIKeys = PostgresStatement("list_api_keys", PackageResources.list_api_keys_sql)
    static let revokeAPIKey = PostgresStatement("revoke_api_key", PackageResources.revoke_api_key_sql)
    static let insertRevocation = PostgresStatement("insert_revocation", PackageResources.insert_revocation_sql)
    static let listRevocations = PostgresStatement("list_revocations", PackageResources.list_revocations_sql)
    static let listAudit = PostgresStatement("list_audit", PackageResources.list_audit_sql)
    static let listQueues = PostgresStatement("list_queues", PackageResources.list_queues_sql)
    static let queueFigures = PostgresStatement("queue_figures", PackageResources.queue_figures_sql)
    static let findQueue = PostgresStatement("find_queue", PackageResources.find_queue_sql)
    static let changeQueue = PostgresStatement("change_queue", PackageResources.change_queue_sql)
    static let queueLimits = PostgresStatement("queue_limits", PackageResources.queue_limits_sql)
    static let liveWorkers = PostgresStatement("live_workers", PackageResources.live_workers_sql)
    static let findJobs = PostgresStatement("find_jobs", PackageResources.find_jobs_sql)

    static let grantRuns = PostgresStatement("grant_runs", PackageResources.grant_runs_sql)
    static let heldRuns = PostgresStatement("held_runs", PackageResources.held_runs_sql)
    static let lockSessionOfWorker = PostgresStatement(
        "lock_session_of_worker",
        PackageResources.lock_session_of_worker_sql
    )
    static let endSessionOfWorker = PostgresStatement(
        "end_session_of_worker",
        PackageResources.end_session_of_worker_sql
    )
    static let expiredLeases = PostgresStatement("expired_leases", PackageResources.expired_leases_sql)
    static let waitingBacklogs = PostgresStatement("waiting_backlogs", PackageResources.waiting_backlogs_sql)
    static let oldestQueued = PostgresStatement("oldest_queued", PackageResources.oldest_queued_sql)
    static let announceBacklogs = PostgresStatement("announce_backlogs", PackageResources.announce_backlogs_sql)
    static let announceJobWaits = PostgresStatement("announce_job_waits", PackageResources.announce_job_waits_sql)
    static let foldCounters = PostgresStatement("fold_counters", PackageResources.fold_counters_sql)
    static let restCounters = PostgresStatement("rest_counters", PackageResources.rest_counters_sql)
    static let countOrphans = PostgresStatement("count_orphans", PackageResources.count_orphans_sql)
    static let findOrphans = PostgresStatement("find_orphans", PackageResources.find_orphans_sql)
    static let noteUnhandled = PostgresStatement("note_unhandled", PackageResources.note_unhandled_sql)
    static let buryUnhandled = PostgresStatement("bury_unhandled", PackageResources.bury_unhandled_sql)
    static let isHandled = PostgresStatement("is_handled", PackageResources.is_handled_sql)
    static let unhandledTypes = PostgresStatement("unhandled_types", PackageResources.unhandled_types_sql)
    static let countBatch = PostgresStatement("count_batch", PackageResources.count_batch_sql)
    static let pausedQueues = PostgresStatement("paused_queues", PackageResources.paused_queues_sql)

    static let holdFigures = PostgresStatement("hold_figures", PackageResources.hold_figures_sql)
    static let figuresOfBusiest = PostgresStatement("figures_of_busiest", PackageResources.figures_of_busiest_sql)
    static let oldestOfOthers = PostgresStatement("oldest_of_others", PackageResources.oldest_of_others_sql)
    static let countWhatIsKept = PostgresStatement("count_what_is_kept", PackageResources.count_what_is_kept_sql)

}

/// The SQL about schedules.
extension Statements {
    static let insertSchedule = PostgresStatement("insert_schedule", PackageResources.insert_schedule_sql)
    static let findSchedule = PostgresStatement("find_schedule", PackageResources.find_schedule_sql)
    static let lockSchedule = PostgresStatement("lock_schedule", PackageResources.lock_schedule_sql)
    static let listSchedules = PostgresStatement("list_schedules", PackageResources.list_schedules_sql)
    static let replaceSchedule = PostgresStatement("replace_schedule", PackageResources.replace_schedule_sql)
    static let pauseSchedule = PostgresStatement("pause_schedule", PackageResources.pause_schedule_sql)
    static let deleteSchedule = PostgresStatement("delete_schedule", PackageResources.delete_schedule_sql)
    static let announceSchedules = PostgresStatement("announce_schedules", PackageResources.announce_schedules_sql)
    static let takeDueSchedules = PostgresStatement("take_due_schedules", PackageResources.take_due_schedules_sql)
    static let takeFreedSchedules = PostgresStatement("take_freed_schedules", PackageResources.take_freed_schedules_sql)
    static let unfinishedJobs = PostgresStatement("unfinished_jobs", PackageResources.unfinished_jobs_sql)
    static let insertFirings = PostgresStatement("insert_firings", PackageResources.insert_firings_sql)
    static let awaitJobs = PostgresStatement("await_jobs", PackageResources.await_jobs_sql)
    static let settleSchedules = PostgresStatement("settle_schedules", PackageResources.settle_schedules_sql)
    static let plannedSchedules = PostgresStatement("planned_schedules", PackageResources.planned_schedules_sql)
    static let moveSchedules = PostgresStatement("move_schedules", PackageResources.move_schedules_sql)
    static let nextDueSchedule = PostgresStatement("next_due_schedule", PackageResources.next_due_schedule_sql)
    static let listFirings = PostgresStatement("list_firings", PackageResources.list_firings_sql)
    static let deleteOldFirings = PostgresStatement("delete_old_firings", PackageResources.delete_old_firings_sql)
}

/// The SQL about tenants.
extension Statements {
    static let findTenant = PostgresStatement("find_tenant", PackageResources.find_tenant_sql)
    static let listTenants = PostgresStatement("list_tenants", PackageResources.list_tenants_sql)
    static let insertTenant = PostgresStatement("insert_tenant", PackageResources.insert_tenant_sql)
    static let ensureTenant = PostgresStatement("ensure_tenant", PackageResources.ensure_tenant_sql)
    static let lockTenant = PostgresStatement("lock_tenant", PackageResources.lock_tenant_sql)
    static let changeTenant = PostgresStatement("change_tenant", PackageResources.change_tenant_sql)
    static let restSchedules = PostgresStatement("rest_schedules", PackageResources.rest_schedules_sql)
    static let newQueues = PostgresStatement("new_queues", PackageResources.new_queues_sql)
    static let insertQueues = PostgresStatement("insert_queues", PackageResources.insert_queues_sql)
    static let countSchedules = PostgresStatement("count_schedules", PackageResources.count_schedules_sql)
    static let countAPIKeys = PostgresStatement("count_api_keys", PackageResources.count_api_keys_sql)
    static let countWorkers = PostgresStatement("count_workers", PackageResources.count_workers_sql)
    static let jobRoom = PostgresStatement("job_room", PackageResources.job_room_sql)
    static let pickRemoval = PostgresStatement("pick_removal", PackageResources.pick_removal_sql)
    static let noteRemoval = PostgresStatement("note_removal", PackageResources.note_removal_sql)
    static let removeAPIKeys = PostgresStatement("remove_api_keys", PackageResources.remove_api_keys_sql)
    static let removeUsers = PostgresStatement("remove_users", PackageResources.remove_users_sql)
    static let removeSchedules = PostgresStatement("remove_schedules", PackageResources.remove_schedules_sql)
    static let removeIdempotencyKeys = PostgresStatement(
        "remove_idempotency_keys",
        PackageResources.remove_idempotency_keys_sql
    )
    static let removeLiveJobs = PostgresStatement("remove_live_jobs", PackageResources.remove_live_jobs_sql)
    static let removeFinishedJobs = PostgresStatement("remove_finished_jobs", PackageResources.remove_finished_jobs_sql)
    static let removeDeadJobs = PostgresStatement("remove_dead_jobs", PackageResources.remove_dead_jobs_sql)
    static let removeCounters = PostgresStatement("remove_counters", PackageResources.remove_counters_sql)
    static let removeQueueTotals = PostgresStatement("remove_queue_totals", PackageResources.remove_queue_totals_sql)
    static let removeQueues = PostgresStatement("remove_queues", PackageResources.remove_queues_sql)
    static let removeQueueNames = PostgresStatement("remove_queue_names", PackageResources.remove_queue_names_sql)
    static let removeUnhandled = PostgresStatement("remove_unhandled", PackageResources.remove_unhandled_sql)
    static let removeTenantDays = PostgresStatement("remove_tenant_days", PackageResources.remove_tenant_days_sql)
    static let removeTenantTotals = PostgresStatement("remove_tenant_totals", PackageResources.remove_tenant_totals_sql)
    static let removeWorkers = PostgresStatement("remove_workers", PackageResources.remove_workers_sql)
    static let removeTenant = PostgresStatement("remove_tenant", PackageResources.remove_tenant_sql)
    static let tenantLevels = PostgresStatement("tenant_levels", PackageResources.tenant_levels_sql)
    static let forgetDays = PostgresStatement("forget_days", PackageResources.forget_days_sql)
    static let queueRoom = PostgresStatement("queue_room", PackageResources.queue_room_sql)
    static let forgetQueue = PostgresStatement("forget_queue", PackageResources.forget_queue_sql)
    static let queueIsScheduled = PostgresStatement("queue_is_scheduled", PackageResources.queue_is_scheduled_sql)
    static let insertOperation = PostgresStatement("insert_operation", PackageResources.insert_operation_sql)
    static let findOperation = PostgresStatement("find_operation", PackageResources.find_operation_sql)
    static let listOperations = PostgresStatement("list_operations", PackageResources.list_operations_sql)
    static let countOperations = PostgresStatement("count_operations", PackageResources.count_operations_sql)
    static let stopOperation = PostgresStatement("stop_operation", PackageResources.stop_operation_sql)
    static let dueOperations = PostgresStatement("due_operations", PackageResources.due_operations_sql)
    static let nextOperation = PostgresStatement("next_operation", PackageResources.next_operation_sql)
    static let beginOperationBatch = PostgresStatement(
        "begin_operation_batch",
        PackageResources.begin_operation_batch_sql
    )
    static let endOperationBatch = PostgresStatement("end_operation_batch", PackageResources.end_operation_batch_sql)
    static let delayOperation = PostgresStatement("delay_operation", PackageResources.delay_operation_sql)
    static let deleteOldOperations = PostgresStatement(
        "delete_old_operations",
        PackageResources.delete_old_operations_sql
    )
    static let removeOperations = PostgresStatement("remove_operations", PackageResources.remove_operations_sql)
    static let payloadsToChange = PostgresStatement("payloads_to_change", PackageResources.payloads_to_change_sql)
    static let lockJob = PostgresStatement("lock_job", PackageResources.lock_job_sql)
    static let changeJob = PostgresStatement("change_job", PackageResources.change_job_sql)
    static let drainWorker = PostgresStatement("drain_worker", PackageResources.drain_worker_sql)
    static let changePayloads = PostgresStatement("change_payloads", PackageResources.change_payloads_sql)
    static let announceChanges = PostgresStatement("announce_changes", PackageResources.announce_changes_sql)
    static let keepFigures = PostgresStatement("keep_figures", PackageResources.keep_figures_sql)
    static let closeMinute = PostgresStatement("close_minute", PackageResources.close_minute_sql)
    static let deleteOldMinutes = PostgresStatement("delete_old_minutes", PackageResources.delete_old_minutes_sql)
    static let readKeeping = PostgresStatement("read_keeping", PackageResources.read_keeping_sql)
    static let readMinutes = PostgresStatement("read_minutes", PackageResources.read_minutes_sql)
    static let readWaits = PostgresStatement("read_waits", PackageResources.read_waits_sql)
    static let addWaits = PostgresStatement("add_waits", PackageResources.add_waits_sql)
    static let readPlatform = PostgresStatement("read_platform", PackageResources.read_platform_sql)
    static let oldestReady = PostgresStatement("oldest_ready", PackageResources.oldest_ready_sql)
    static let removeMinutes = PostgresStatement("remove_minutes", PackageResources.remove_minutes_sql)
    static let specialTenants = PostgresStatement("special_tenants", PackageResources.special_tenants_sql)
}

extension Statements {
    static let explainJob = PostgresStatement("explain_job", PackageResources.explain_job_sql)
    static let jobsAhead = PostgresStatement("jobs_ahead", PackageResources.jobs_ahead_sql)
    static let liveWorker = PostgresStatement("live_worker", PackageResources.live_worker_sql)
    static let jobsOfWorker = PostgresStatement("jobs_of_worker", PackageResources.jobs_of_worker_sql)
}

/// The SQL of the walks through jobs: what is done with what is found, one text of how that is, and where the jobs come from.
extension Statements {
    static let listWalkedJobs = walks("list", PackageResources.list_walked_jobs_sql)
    static let countWalkedJobs = walks("count", PackageResources.count_walked_jobs_sql)

    private static func walkedDeadLetters(_ name: String, _ use: String) -> PostgresStatement {
        PostgresStatement(
            name,
            use.replacing("-- walk\n", with: PackageResources.walk_dead_letters_sql)
        )
    }

    private static func walks(_ name: String, _ use: String) -> [JobWalk.Source: PostgresStatement] {
        let walk = use.replacing("-- walk\n", with: PackageResources.walk_jobs_sql)
        return Dictionary(
            uniqueKeysWithValues: JobWalk.Source.allCases.map { source in
                (source, PostgresStatement("\(name)_\(source)", walk.replacing("-- source\n", with: source.sql)))
            }
        )
    }
}

extension JobWalk.Source {
    /// The SQL that gives its rows.
    fileprivate var sql: String {
        switch self {
        case .byID: PackageResources.jobs_by_id_sql
        case .ofTenant: PackageResources.jobs_of_tenant_sql
        case .ofParent: PackageResources.jobs_of_parent_sql
        case .cancelled: PackageResources.cancelled_jobs_sql
        case .running: PackageResources.running_jobs_sql
        }
    }
}
