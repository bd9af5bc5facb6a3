public import Logging
public import Postgres

extension Schema {
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
