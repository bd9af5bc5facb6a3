public import Logging
public import Postgres

/// The database's tables, as an ordered list of migrations.
public enum Schema {
    /// What brings a database up to date. Any number of processes may use it at once.
    public static func migrator() throws -> PostgresMigrator {
        try PostgresMigrator(migrations: migrations)
    }

    /// All steps there ever were, in their order. None is ever edited.
    static var migrations: [PostgresMigration] {
        [
            PostgresMigration(version: 1, name: "jobs", sql: PackageResources.v0001_jobs_sql),
            PostgresMigration(version: 2, name: "dispatch", sql: PackageResources.v0002_dispatch_sql),
            PostgresMigration(version: 3, name: "workers", sql: PackageResources.v0003_workers_sql),
            PostgresMigration(version: 4, name: "counters", sql: PackageResources.v0004_counters_sql),
            PostgresMigration(version: 5, name: "lifecycle", sql: PackageResources.v0005_lifecycle_sql),
            PostgresMigration(version: 6, name: "intake", sql: PackageResources.v0006_intake_sql),
            PostgresMigration(version: 7, name: "schedules", sql: PackageResources.v0007_schedules_sql),
            PostgresMigration(version: 8, name: "identity", sql: PackageResources.v0008_identity_sql),
            PostgresMigration(version: 9, name: "queues", sql: PackageResources.v0009_queues_sql),
            PostgresMigration(version: 10, name: "waiting", sql: PackageResources.v0010_waiting_sql),
            PostgresMigration(version: 11, name: "dispatch", sql: PackageResources.v0011_dispatch_sql),
            PostgresMigration(version: 12, name: "sessions", sql: PackageResources.v0012_sessions_sql),
            PostgresMigration(version: 13, name: "notes", sql: PackageResources.v0013_notes_sql),
            PostgresMigration(version: 14, name: "children", sql: PackageResources.v0014_children_sql),
            PostgresMigration(
                version: 15,
                name: "identity of workers",
                sql: PackageResources.v0015_identity_of_workers_sql
            ),
            PostgresMigration(version: 16, name: "session rows", sql: PackageResources.v0016_session_rows_sql),
            PostgresMigration(version: 17, name: "tenants", sql: PackageResources.v0017_tenants_sql),
            PostgresMigration(version: 18, name: "due", sql: PackageResources.v0018_due_sql),
            PostgresMigration(version: 19, name: "lists", sql: PackageResources.v0019_lists_sql),
            PostgresMigration(version: 20, name: "operations", sql: PackageResources.v0020_operations_sql),
            PostgresMigration(version: 21, name: "history", sql: PackageResources.v0021_history_sql),
            PostgresMigration(version: 22, name: "type_limits", sql: PackageResources.v0022_type_limits_sql),
        ]
    }

    /// Brings the database up to date, waiting for it as long as it is away.
    ///
    /// - Throws: When the database refuses a migration, was written by a newer version, or the task is cancelled.
    public static func upgrade(_ pool: PostgresPool, logger: Logger) async throws {
        let migrator = try migrator()
        while true {
            do {
                for migration in try await pool.withConnection({ try await migrator.migrate($0) }) {
                    logger.info(
                        "a migration was applied",
                        metadata: ["version": "\(migration.version)", "name": "\(migration.name)"]
                    )
                }
                return
            } catch let error as PostgresError where error.isTransient {
                logger.warning("the database is away; trying again", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}
