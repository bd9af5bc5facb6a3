import CLibPQ

extension ConnectionCore {
    /// Sends several commands and one synchronization point, and receives one result for each command.
    ///
    /// - Parameters:
    ///   - operation: What errors of the whole call it.
    ///   - commands: What to send.
    /// - Throws: The first command's error; the server has skipped those after it and, outside a
    ///   transaction block, undone those before it.
    func runPipeline(
        _ operation: String,
        _ commands: [PipelineCommand]
    ) async throws -> [PQResult] {
        try await converse(operation) { core, link, exchange in
            guard link.enterPipeline(), commands.allSatisfy({ $0.send(over: link) }), link.sendSync() else {
                throw core.sendFailure(link, exchange)
            }
            try await core.flush(link, exchange)
            let results = try await core.collectPipeline(link, exchange, commands)
            guard link.exitPipeline() else { throw core.lose(exchange, link.errorMessage) }
            return try results.get()
        }
    }

    private func collectPipeline(
        _ link: PQConnection,
        _ exchange: Exchange,
        _ commands: [PipelineCommand]
    ) async throws -> Result<[PQResult], PostgresError> {
        var results: [PQResult] = []
        results.reserveCapacity(commands.count)
        var failure: PostgresError?
        var endsInARow = 0
        while true {
            guard let result = try await nextResult(link, exchange) else {
                // Each command's results end with a nil; two of them mean that there is nothing more to come.
                endsInARow += 1
                if link.isBroken || endsInARow > 1 { throw lost(link, exchange, failure) }
                continue
            }
            endsInARow = 0
            switch result.status {
            case PGRES_PIPELINE_SYNC:
                if let failure { return .failure(failure) }
                guard results.count == commands.count else { throw lose(exchange, "results are missing") }
                return .success(results)
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
                let command = results.count < commands.count ? commands[results.count].operation : exchange.operation
                if failure == nil { failure = result.error(.server, operation: command) }
            case PGRES_PIPELINE_ABORTED:
                break
            default:
                results.append(result)
            }
        }
    }
}

/// One command of a pipeline.
struct PipelineCommand: Sendable {
    enum Message: Sendable {
        case prepare(name: String, sql: String)
        case describe(name: String)
        case run(name: String, Arguments)
    }

    /// What errors call it.
    let operation: String
    let message: Message

    /// Queues the command; `false` when libpq refuses.
    func send(over link: PQConnection) -> Bool {
        switch message {
        case .prepare(let name, let sql): link.sendPrepare(name, sql)
        case .describe(let name): link.sendDescribe(name)
        case .run(let name, let arguments): link.sendPrepared(name, arguments)
        }
    }
}
