/// What there is.
extension Noun {
    static let jobs = Noun(
        name: "job",
        plural: "jobs",
        path: "/jobs",
        list: "jobs",
        key: "id",
        columns: [
            Column("id"), Column("state", nil, .state), Column("type"), Column("queue"), Column("tenant"),
            Column("priority"), Column("tags", nil, .list), Column("attempt", nil, .number),
            Column("max_attempts", nil, .number), Column("run", nil, .number), Column("created", "created_at", .time),
            Column("due", "execute_at", .time), Column("queued", "queued_at", .time),
            Column("started", "started_at", .time), Column("finished", "finished_at", .time),
            Column("worker", "worker_id"), Column("progress", "progress.fraction", .percent),
            Column("message", "progress.message"), Column("reason"),
            Column("cancel_requested", "cancel_requested_at", .time), Column("unhandled", nil, .flag("unhandled")),
            Column("timeout", nil, .seconds), Column("retry", nil, .list), Column("parent", "parent_id"),
            Column("trace", "trace_id"), Column("error"), Column("payload"), Column("result"),
        ],
        shown: ["id", "state", "type", "queue", "attempt", "created", "error"],
        blocks: ["error", "payload", "result"]
    )

    static let attempts = Noun(
        name: "attempt",
        plural: "attempts",
        path: "",
        list: "attempts",
        key: "run",
        columns: [
            Column("run", nil, .number), Column("attempt", nil, .number), Column("outcome", nil, .state),
            Column("kind"), Column("started", "started_at", .time), Column("ended", "ended_at", .time),
            Column("worker", "worker_id"), Column("error"),
        ],
        shown: ["run", "attempt", "outcome", "kind", "started", "ended", "worker", "error"]
    )

    static let queues = Noun(
        name: "queue",
        plural: "queues",
        path: "/queues",
        list: "queues",
        key: "name",
        columns: [
            Column("name"), Column("tenant"), Column("paused", nil, .flag("paused")),
            Column("max_depth", nil, .number), Column("scheduled", "depth.scheduled", .number),
            Column("queued", "depth.queued", .number), Column("running", "depth.running", .number),
            Column("retrying", "depth.retrying", .number), Column("dead", "depth.dead", .number),
            Column("oldest", "oldest_queued_age", .seconds), Column("submitted", "totals.submitted", .number),
            Column("completed", "totals.completed", .number), Column("failed", "totals.failed", .number),
            Column("died", "totals.died", .number), Column("cancelled", "totals.cancelled", .number),
            Column("updated", "updated_at", .time),
        ],
        shown: [
            "name", "tenant", "paused", "scheduled", "queued", "running", "retrying", "dead", "oldest", "completed",
        ]
    )

    static let workers = Noun(
        name: "worker",
        plural: "workers",
        path: "/workers",
        list: "workers",
        key: "id",
        columns: [
            Column("id"), Column("name"), Column("draining", nil, .flag("draining")), Column("slots", nil, .number),
            Column("running", nil, .number), Column("started", "started_at", .time),
            Column("lease_until", nil, .time), Column("tenant"), Column("queues", nil, .list),
            Column("types", nil, .list),
        ],
        shown: ["id", "name", "draining", "running", "slots", "started", "queues", "types"]
    )

    static let schedules = Noun(
        name: "schedule",
        plural: "schedules",
        path: "/schedules",
        list: "schedules",
        key: "id",
        nameMember: "name",
        columns: [
            Column("id"), Column("name"), Column("tenant"), Column("cron"), Column("timezone"),
            Column("description"), Column("paused", nil, .flag("paused")), Column("next", "next_at", .time),
            Column("last", "last_at", .time), Column("last_job", "last_job_id"), Column("waiting", "waiting_at", .time),
            Column("type"), Column("queue"), Column("priority"), Column("max_attempts", nil, .number),
            Column("timeout", nil, .seconds), Column("retry", nil, .list), Column("tags", nil, .list),
            Column("missed_runs"), Column("overlap"), Column("skipped", nil, .number),
            Column("skipped_at", nil, .time), Column("skipped_reason"), Column("created", "created_at", .time),
            Column("updated", "updated_at", .time), Column("version", nil, .number), Column("payload"),
        ],
        shown: ["id", "name", "cron", "timezone", "type", "queue", "paused", "next", "last"],
        blocks: ["payload"]
    )

    /// What a schedule has fired.
    ///
    /// - Parameter schedule: The schedule's path.
    static func runs(of schedule: String) -> Noun {
        Noun(
            name: "run",
            plural: "runs",
            path: schedule + "/runs",
            list: "runs",
            key: "job_id",
            columns: [
                Column("at", nil, .time), Column("fired", "fired_at", .time), Column("job", "job_id"),
                Column("state", nil, .state), Column("attempt", nil, .number), Column("started", "started_at", .time),
                Column("finished", "finished_at", .time), Column("error"),
            ],
            shown: ["at", "job", "state", "attempt", "started", "finished", "error"]
        )
    }

    static let deadLetterGroups = Noun(
        name: "group of dead letters",
        plural: "groups of dead letters",
        path: "/dead-letters/groups",
        list: "groups",
        key: "fingerprint",
        columns: [
            Column("fingerprint"), Column("count", nil, .number), Column("type"), Column("kind"),
            Column("first", "first_died_at", .time), Column("last", "last_died_at", .time), Column("sample_id"),
            Column("error", "sample_error"),
        ],
        shown: ["fingerprint", "count", "type", "kind", "last", "sample_id", "error"],
        blocks: ["error"]
    )

    static let deadLetters = Noun(
        name: "dead letter",
        plural: "dead letters",
        path: "/dead-letters",
        list: "dead_letters",
        key: "id",
        columns: [
            Column("id"), Column("tenant"), Column("queue"), Column("type"), Column("priority"),
            Column("run", nil, .number), Column("attempt", nil, .number), Column("max_attempts", nil, .number),
            Column("reason"), Column("kind"), Column("fingerprint"), Column("worker", "worker_id"),
            Column("created", "created_at", .time), Column("died", "died_at", .time), Column("error"),
        ],
        shown: ["id", "type", "queue", "reason", "kind", "attempt", "died", "error"],
        blocks: ["error"]
    )

    static let users = Noun(
        name: "user",
        plural: "users",
        path: "/users",
        list: "users",
        key: "id",
        nameMember: "username",
        columns: [
            Column("id"), Column("username"), Column("tenant"), Column("role"),
            Column("disabled", nil, .flag("disabled")), Column("created", "created_at", .time),
            Column("updated", "updated_at", .time),
        ],
        shown: ["id", "username", "tenant", "role", "disabled", "created"]
    )

    static let keys = Noun(
        name: "API key",
        plural: "API keys",
        path: "/api-keys",
        list: "api_keys",
        key: "id",
        columns: [
            Column("key"), Column("id"), Column("name"), Column("prefix"), Column("tenant"), Column("role"),
            Column("scopes", nil, .list), Column("created_by"), Column("created", "created_at", .time),
            Column("expires", "expires_at", .time), Column("last_used", "last_used_at", .time),
            Column("revoked", "revoked_at", .time),
        ],
        shown: ["id", "name", "prefix", "tenant", "role", "scopes", "expires", "last_used", "revoked"]
    )

    static let tenants = Noun(
        name: "tenant",
        plural: "tenants",
        path: "/tenants",
        list: "tenants",
        key: "name",
        columns: [
            Column("name"), Column("state", nil, .state), Column("own_limits", nil, .list),
            Column("removed_jobs", nil, .number), Column("created", "created_at", .time),
            Column("updated", "updated_at", .time), Column("limits"),
        ],
        shown: ["name", "state", "own_limits", "created"],
        blocks: ["limits"]
    )

    static let audit = Noun(
        name: "record",
        plural: "records",
        path: "/audit-log",
        list: "records",
        key: "id",
        columns: [
            Column("id", nil, .number), Column("at", nil, .time), Column("actor"), Column("tenant"),
            Column("action"), Column("target"), Column("details"),
        ],
        shown: ["at", "actor", "tenant", "action", "target", "details"]
    )

    static let operations = Noun(
        name: "operation",
        plural: "operations",
        path: "/operations",
        list: "operations",
        key: "id",
        columns: [
            Column("id"), Column("kind"), Column("state", nil, .state), Column("tenant"),
            Column("matched", nil, .number), Column("examined", nil, .number), Column("changed", nil, .number),
            Column("skipped", nil, .number), Column("created", "created_at", .time), Column("created_by"),
            Column("started", "started_at", .time), Column("finished", "finished_at", .time),
            Column("rate", nil, .number), Column("limit", nil, .number), Column("filter", nil, .list),
            Column("error"),
        ],
        shown: ["id", "kind", "state", "matched", "changed", "skipped", "created", "filter", "error"],
        blocks: ["error"]
    )

    static let principal = Noun(
        name: "caller",
        plural: "callers",
        path: "/me",
        list: "",
        key: "subject",
        columns: [Column("subject"), Column("tenant"), Column("role"), Column("scopes", nil, .list)],
        shown: ["subject", "tenant", "role", "scopes"]
    )
}
