import CLibPQ
import Logging

extension ConnectionCore {
    /// Runs a statement, preparing it first if this connection has not yet.
    ///
    /// Parameters are encoded by the caller's thread. A statement that the server refuses as stale is prepared anew and
    /// tried once more, unless it is part of a transaction, which the refusal has ended.
    nonisolated func query(
        _ statement: PostgresStatement,
        parameters: [any PostgresEncodable]
    ) async throws -> PostgresRows {
        var isSecondTry = false
        while true {
            let prepared = try await prepared(statement)
            let arguments = try prepared.encode(parameters)
            do {
                return try await timed(prepared.meter) { try await run(prepared, arguments) }
            } catch let error as PostgresError where error.isStaleStatement {
                forget([prepared], error)
                guard !isSecondTry, status.state == .idle else { throw error }
                isSecondTry = true
            }
        }
    }

    /// Runs statements in one round trip and, outside a transaction, as one transaction.
    nonisolated func pipeline(_ bound: [PostgresStatement.Bound]) async throws -> [PostgresRows] {
        if bound.isEmpty { return [] }
        var isSecondTry = false
        while true {
            var missing: [PostgresStatement] = []
            for item in bound where statements.find(item.statement) == nil && !missing.contains(item.statement) {
                missing.append(item.statement)
            }
            var prepared: [PostgresStatement: PreparedStatement] = [:]
            for new in try await prepare(missing) { prepared[new.statement] = new }
            var items: [(PreparedStatement, Arguments)] = []
            items.reserveCapacity(bound.count)
            for item in bound {
                let statement =
                    if let known = prepared[item.statement] { known } else { try await self.prepared(item.statement) }
                prepared[item.statement] = statement
                items.append((statement, try statement.encode(item.parameters)))
            }
            do {
                return try await timed(meter(of: items.map(\.0))) { try await run(items) }
            } catch let error as PostgresError where error.isStaleStatement {
                forget(items.map(\.0), error)
                guard !isSecondTry, status.state == .idle else { throw error }
                isSecondTry = true
            }
        }
    }

    /// Runs SQL without parameters, also several commands at once.
    func execute(_ sql: String, _ operation: String = "execute", heedsCancellation: Bool = true) async throws
        -> PQResult
    {
        try Self.checkText(sql, operation)
        return try await converse(operation, heedsCancellation: heedsCancellation) { core, link, exchange in
            guard link.sendQuery(sql) else { throw core.sendFailure(link, exchange) }
            try await core.flush(link, exchange)
            return try await core.collectResults(link, exchange)
        }
    }

    /// The prepared form of a statement.
    nonisolated func prepared(_ statement: PostgresStatement) async throws -> PreparedStatement {
        if let known = statements.find(statement) { return known }
        return try await prepare([statement])[0]
    }

    /// Where the times of statements that are sent together are noted: under all of their names, as they have one time.
    private nonisolated func meter(of prepared: [PreparedStatement]) -> StatementMeter? {
        guard prepared.count > 1, let statistics = configuration.statistics else { return prepared.first?.meter }
        return statistics.meter(of: prepared.map(\.statement.name).joined(separator: ","))
    }

    private nonisolated func timed<Result>(
        _ meter: StatementMeter?,
        _ body: () async throws -> Result
    ) async throws -> Result {
        guard let meter else { return try await body() }
        let start = ContinuousClock.now
        do {
            let result = try await body()
            meter.note(since: start, hasFailed: false)
            return result
        } catch {
            meter.note(since: start, hasFailed: true)
            throw error
        }
    }

    private func run(_ prepared: PreparedStatement, _ arguments: Arguments) async throws -> PostgresRows {
        let operation = prepared.statement.operation
        return try await converse(operation) { core, link, exchange in
            guard link.sendPrepared(prepared.serverName, arguments) else { throw core.sendFailure(link, exchange) }
            try await core.flush(link, exchange)
            return PostgresRows(try await core.collectResults(link, exchange), operation: operation)
        }
    }

    private func run(_ items: [(PreparedStatement, Arguments)]) async throws -> [PostgresRows] {
        let commands = items.map { prepared, arguments in
            PipelineCommand(
                operation: prepared.statement.operation,
                message: .run(name: prepared.serverName, arguments)
            )
        }
        let results = try await runPipeline("pipeline", commands)
        return zip(results, items).map { PostgresRows($0, operation: $1.0.statement.operation) }
    }

    /// Prepares statements and learns their types, in one round trip.
    private func prepare(_ new: [PostgresStatement]) async throws -> [PreparedStatement] {
        if new.isEmpty { return [] }
        for statement in new { try Self.checkText(statement.name + statement.sql, statement.operation) }
        try await deallocateRetired()
        let names = new.map(statements.makeServerName)
        let commands = zip(names, new).flatMap { name, statement in
            [
                PipelineCommand(
                    operation: "prepare \"\(statement.name)\"",
                    message: .prepare(name: name, sql: statement.sql)
                ),
                PipelineCommand(operation: "describe \"\(statement.name)\"", message: .describe(name: name)),
            ]
        }
        let results = try await runPipeline("prepare", commands)
        return new.indices.map { index in
            let description = results[2 * index + 1]
            let prepared = PreparedStatement(
                new[index],
                serverName: names[index],
                parameterTypes: description.parameterTypes,
                columnTypes: description.columnTypes,
                meter: configuration.statistics?.meter(of: new[index].name)
            )
            statements.insert(prepared)
            return prepared
        }
    }

    /// Lets the server forget what nobody uses. Inside a transaction a refusal would end it, so that waits.
    private func deallocateRetired() async throws {
        guard status.state == .idle else { return }
        let names = statements.takeRetired()
        if names.isEmpty { return }
        do {
            _ = try await execute(names.map { "DEALLOCATE \(quoted($0));" }.joined(), "deallocate")
        } catch let error as PostgresError where error.kind == .server {
            logger.debug("prepared statements were gone already", metadata: ["reason": "\(error)"])
        }
    }

    private nonisolated func forget(_ stale: [PreparedStatement], _ error: PostgresError) {
        // A statement that does not exist means that the server has forgotten them all (DISCARD, DEALLOCATE ALL).
        if error.sqlState == .invalidStatementName { return statements.removeAll() }
        for prepared in stale { statements.remove(prepared) }
    }

    private static func checkText(_ text: String, _ operation: String) throws(PostgresError) {
        guard !text.utf8.contains(0) else {
            throw PostgresError(.usage, operation: operation, message: "the SQL holds a NUL character")
        }
    }
}

/// A name as an SQL identifier, in quotes.
func quoted(_ identifier: String) -> String {
    "\"" + identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}
