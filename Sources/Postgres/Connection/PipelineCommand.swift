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
