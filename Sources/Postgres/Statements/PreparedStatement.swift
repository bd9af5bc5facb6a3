/// A statement as one connection's server process knows it.
final class PreparedStatement: Sendable {
    let statement: PostgresStatement
    let serverName: String
    let parameterTypes: [PostgresType]
    let columnTypes: [PostgresType]
    /// Where its times are noted.
    let meter: StatementMeter?

    init(
        _ statement: PostgresStatement,
        serverName: String,
        parameterTypes: [PostgresType],
        columnTypes: [PostgresType],
        meter: StatementMeter? = nil
    ) {
        self.statement = statement
        self.serverName = serverName
        self.parameterTypes = parameterTypes
        self.columnTypes = columnTypes
        self.meter = meter
    }

    /// Encodes parameters in the types that the server has inferred.
    ///
    /// - Throws: ``PostgresError`` of kind `encoding`, naming the parameter and what was expected.
    func encode(_ parameters: [any PostgresEncodable]) throws(PostgresError) -> Arguments {
        guard parameters.count == parameterTypes.count else {
            throw failure("takes \(parameterTypes.count) parameters, but \(parameters.count) were given")
        }
        var arguments = Arguments()
        for index in parameters.indices {
            do throws(PostgresValueError) {
                try arguments.append(parameters[index], as: parameterTypes[index])
            } catch {
                throw failure("parameter $\(index + 1) \(error)")
            }
        }
        return arguments
    }

    private func failure(_ message: String) -> PostgresError {
        PostgresError(.encoding, operation: statement.operation, message: message)
    }
}
