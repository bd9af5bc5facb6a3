import Postgres

/// The SQL of the stores, read from the `.sql` files of this folder when the library is built.
enum Statements {
    static let insertJobs = PostgresStatement("insert_jobs", text(PackageResources.insert_jobs_sql))
    static let claimJobs = PostgresStatement("claim_jobs", text(PackageResources.claim_jobs_sql))
    static let completeJobs = PostgresStatement("complete_jobs", text(PackageResources.complete_jobs_sql))
    static let runningJobs = PostgresStatement("running_jobs", text(PackageResources.running_jobs_sql))
    static let failJobs = PostgresStatement("fail_jobs", text(PackageResources.fail_jobs_sql))
    static let releaseJobs = PostgresStatement("release_jobs", text(PackageResources.release_jobs_sql))
    static let queueDueJobs = PostgresStatement("queue_due_jobs", text(PackageResources.queue_due_jobs_sql))
    static let nextDue = PostgresStatement("next_due", text(PackageResources.next_due_sql))
    static let announceTimers = PostgresStatement("announce_timers", text(PackageResources.announce_timers_sql))
    static let requeueUnannouncedJobs = PostgresStatement(
        "requeue_unannounced_jobs",
        text(PackageResources.requeue_unannounced_jobs_sql)
    )
    static let raiseWatermarks = PostgresStatement("raise_watermarks", text(PackageResources.raise_watermarks_sql))
    static let registerWorker = PostgresStatement("register_worker", text(PackageResources.register_worker_sql))
    static let renewLeases = PostgresStatement("renew_leases", text(PackageResources.renew_leases_sql))
    static let removeWorker = PostgresStatement("remove_worker", text(PackageResources.remove_worker_sql))
    static let closeClaimBatches = PostgresStatement(
        "close_claim_batches",
        text(PackageResources.close_claim_batches_sql)
    )
    static let sweepClaimBatches = PostgresStatement(
        "sweep_claim_batches",
        text(PackageResources.sweep_claim_batches_sql)
    )
    static let endExpiredLeases = PostgresStatement("end_expired_leases", text(PackageResources.end_expired_leases_sql))
    static let returnLostJobs = PostgresStatement("return_lost_jobs", text(PackageResources.return_lost_jobs_sql))
    static let topics = PostgresStatement("topics", text(PackageResources.topics_sql))
    static let setPartitions = PostgresStatement("set_partitions", text(PackageResources.set_partitions_sql))
    static let findJob = PostgresStatement("find_job", text(PackageResources.find_job_sql))
    static let listJobs = PostgresStatement("list_jobs", text(PackageResources.list_jobs_sql))
    static let countJobs = PostgresStatement("count_jobs", text(PackageResources.count_jobs_sql))
    static let lostTypes = PostgresStatement("lost_types", text(PackageResources.lost_types_sql))
    static let cancelJob = PostgresStatement("cancel_job", text(PackageResources.cancel_job_sql))
    static let cancelledRuns = PostgresStatement("cancelled_runs", text(PackageResources.cancelled_runs_sql))
    static let queueJobNow = PostgresStatement("queue_job_now", text(PackageResources.queue_job_now_sql))
    static let listAttempts = PostgresStatement("list_attempts", text(PackageResources.list_attempts_sql))
    static let listDeadLetters = PostgresStatement("list_dead_letters", text(PackageResources.list_dead_letters_sql))
    static let groupDeadLetters = PostgresStatement("group_dead_letters", text(PackageResources.group_dead_letters_sql))
    static let pickDeadLetters = PostgresStatement("pick_dead_letters", text(PackageResources.pick_dead_letters_sql))
    static let replayDeadLetters = PostgresStatement(
        "replay_dead_letters",
        text(PackageResources.replay_dead_letters_sql)
    )
    static let deleteDeadLetters = PostgresStatement(
        "delete_dead_letters",
        text(PackageResources.delete_dead_letters_sql)
    )
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

    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
