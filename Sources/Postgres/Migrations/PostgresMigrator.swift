/// Brings a database's schema up to date.
///
/// What has been applied is on record in the table `schema_migrations`. Any number of processes may start at once: an
/// advisory lock lets one of them work while the others wait and then find nothing to do.
public struct PostgresMigrator: Sendable {
    /// A migration.
    public typealias Migration = PostgresMigration

    private let migrations: [Migration]
    private let lock: Int64

    /// Makes a migrator.
    ///
    /// - Parameters:
    ///   - migrations: All there are, in any order.
    ///   - lock: The key of the advisory lock; programs that share a database but not its schema need different ones.
    /// - Throws: ``PostgresError`` of kind `migration` when two share a version or one is not positive.
    public init(migrations: [Migration], lock: Int64 = 0x5153_4348_454D_4101) throws(PostgresError) {
        self.migrations = migrations.sorted { $0.version < $1.version }
        self.lock = lock
        for (previous, next) in zip(self.migrations, self.migrations.dropFirst()) where previous.version == next.version
        {
            throw Self.failure("\"\(previous.name)\" and \"\(next.name)\" are both version \(next.version)")
        }
        if let first = self.migrations.first, first.version < 1 {
            throw Self.failure("\"\(first.name)\" is version \(first.version); versions start at 1")
        }
    }

    /// Applies what is missing, in order.
    ///
    /// Each migration is a transaction together with its record, unless it opts out. The connection must not be inside a
    /// transaction.
    ///
    /// - Returns: What was applied now.
    /// - Throws: ``PostgresError``: of kind `migration` when an applied one has been edited since, is missing from this
    ///   program or has a higher version than all of this program's and does not say that this program goes on working
    ///   (``PostgresMigration/compatibilityMarker``); otherwise what the server refused.
    @discardableResult
    public func migrate(_ connection: PostgresConnection) async throws -> [Migration] {
        try await takeLock(connection)
        let result: Result<[Migration], any Error>
        do {
            result = .success(try await applyMissing(connection))
        } catch {
            result = .failure(error)
        }
        // A lost connection has lost the lock as well.
        if !connection.isClosed { await connection.endMigration(lock) }
        return try result.get()
    }

    /// How a migration stands to a database.
    public struct Standing: Sendable, Hashable {
        /// Its number.
        public let version: Int
        /// Its name.
        public let name: String
        /// Whether the database has it.
        public let isApplied: Bool
        /// Whether this program has it; one that it does not know was applied by a newer program.
        public let isKnown: Bool
    }

    /// How all migrations stand that this program or the database knows, in order; changes nothing and waits for nobody.
    ///
    /// - Throws: ``PostgresError`` when the server refuses.
    public func standings(_ connection: PostgresConnection) async throws -> [Standing] {
        var applied: [Int: String] = [:]
        if try await connection.query(Statements.hasTable).decode(Bool.self) == [true] {
            for (version, name) in try await connection.query(Statements.appliedNames).decode(Int.self, String.self) {
                applied[version] = name
            }
        }
        let known = Dictionary(uniqueKeysWithValues: migrations.map { ($0.version, $0.name) })
        return known.merging(applied) { own, _ in own }.sorted { $0.key < $1.key }.map { version, name in
            Standing(
                version: version,
                name: name,
                isApplied: applied[version] != nil,
                isKnown: known[version] != nil
            )
        }
    }

    /// Asks again and again instead of waiting inside the server: a statement that waits holds a snapshot, and a
    /// `CREATE INDEX CONCURRENTLY` of the process that has the lock would wait for that in turn.
    private func takeLock(_ connection: PostgresConnection) async throws {
        while true {
            let isTaken = try await connection.query(Statements.lock, lock).decode(Bool.self)
            if isTaken == [true] { return }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func applyMissing(_ connection: PostgresConnection) async throws -> [Migration] {
        try await connection.execute("SET statement_timeout = 0")
        try await connection.execute(Statements.createTable)
        let applied = try await connection.query(Statements.applied)
            .decode(Int.self, String.self, String.self, Int.self)
        try check(applied)
        let versions = Set(applied.map(\.0))
        let missing = migrations.filter { !versions.contains($0.version) }
        for migration in missing {
            do {
                try await apply(migration, connection)
            } catch let error as PostgresError {
                throw Self.naming(migration, error)
            }
        }
        return missing
    }

    private func apply(_ migration: Migration, _ connection: PostgresConnection) async throws {
        let record = Statements.record.bind(
            migration.version,
            migration.name,
            migration.checksum,
            migration.compatibleWith
        )
        if migration.runsInTransaction {
            try await connection.transaction { transaction in
                try await transaction.execute(migration.sql)
                try await transaction.query(record.statement, parameters: record.parameters)
            }
        } else {
            for command in migration.separateCommands { try await connection.execute(command) }
            try await connection.query(record.statement, parameters: record.parameters)
        }
    }

    private func check(
        _ applied: [(version: Int, name: String, checksum: String, compatibleWith: Int)]
    ) throws(PostgresError) {
        let known = Dictionary(uniqueKeysWithValues: migrations.map { ($0.version, $0) })
        let newest = migrations.last?.version ?? 0
        if let newer = applied.first(where: { $0.version > newest && $0.compatibleWith > newest }) {
            throw Self.failure(
                "the database has migration \(newer.version) \"\(newer.name)\", but this program ends at \(newest)",
                hint: "It has been migrated by a newer version of the program; run that one."
            )
        }
        for (version, name, checksum, _) in applied where version <= newest {
            guard let migration = known[version] else {
                throw Self.failure(
                    "the database has migration \(version) \"\(name)\", which this program does not know",
                    hint: "Put the file back; a migration that has been applied must stay."
                )
            }
            guard migration.checksum == checksum else {
                throw Self.failure(
                    "migration \(version) \"\(migration.name)\" has been edited since it was applied",
                    hint: "Restore its text and make the change in a new migration."
                )
            }
        }
    }

    private static func failure(_ message: String, hint: String? = nil) -> PostgresError {
        PostgresError(.migration, operation: "migrate", message: message, hint: hint)
    }

    private static func naming(_ migration: Migration, _ error: PostgresError) -> PostgresError {
        PostgresError(
            error.kind,
            "migration \(migration.version) \"\(migration.name)\"",
            error.message,
            error.sqlState,
            error.detail,
            error.hint,
            error.constraint,
            error.table,
            error.column,
            error.position,
            serverFunction: error.serverFunction
        )
    }
}

private enum Statements {
    static let lock = PostgresStatement("migrations_lock", "SELECT pg_try_advisory_lock($1)")
    static let applied = PostgresStatement(
        "migrations_applied",
        "SELECT version, name, checksum, coalesce(compatible_with, version) FROM schema_migrations ORDER BY version"
    )
    static let hasTable = PostgresStatement(
        "migrations_has_table",
        "SELECT to_regclass('schema_migrations') IS NOT NULL"
    )
    static let appliedNames = PostgresStatement(
        "migrations_applied_names",
        "SELECT version, name FROM schema_migrations ORDER BY version"
    )
    static let record = PostgresStatement(
        "migrations_record",
        "INSERT INTO schema_migrations (version, name, checksum, compatible_with) VALUES ($1, $2, $3, $4)"
    )
    static let createTable = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version bigint PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS compatible_with bigint
        """
}

extension PostgresConnection {
    /// Gives the lock and the statement time-out back, also in a cancelled task; if that fails, closing the connection does.
    fileprivate func endMigration(_ lock: Int64) async {
        let core = core
        let sql = "SELECT pg_advisory_unlock(\(lock)); RESET statement_timeout"
        try? await withTurnRegardless {
            do {
                _ = try await core.execute(sql, "end the migration", heedsCancellation: false)
            } catch {
                await core.close()
            }
        }
    }
}
