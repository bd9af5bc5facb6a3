import ArgumentParser

/// What a job is to be like.
struct JobDefinition: ParsableArguments {
    @Option(help: ArgumentHelp("Where it waits.", valueName: "queue"))
    var queue: String?

    @Option(help: ArgumentHelp("The payload: JSON, @FILE, or - for standard input.", valueName: "json"))
    var payload: JSONArgument?

    @Option(help: ArgumentHelp("critical, high, normal or low.", valueName: "priority"))
    var priority: String?

    @Option(help: ArgumentHelp("A word by which it can be found; may be given several times.", valueName: "word"))
    var tag: [String] = []

    @Option(help: ArgumentHelp("How many attempts it has.", valueName: "number"))
    var maxAttempts: Int?

    @Option(help: ArgumentHelp("How long one attempt may take, such as 30s or 5m.", valueName: "time"))
    var attemptTimeout: Seconds?

    @Option(
        help: ArgumentHelp(
            "When it is tried again, as JSON: {\"strategy\": \"fixed\", \"base\": 10}.",
            valueName: "json"
        )
    )
    var retry: JSONArgument?

    /// Writes the members that were given.
    func write(to writer: inout Members) async throws {
        writer.add("queue", queue)
        if let payload { writer.add("payload", raw: try await payload.bytes(of: "--payload")) }
        writer.add("priority", priority)
        if !tag.isEmpty { writer.add("tags", tag) }
        writer.add("max_attempts", maxAttempts)
        writer.add("timeout", attemptTimeout?.value)
        if let retry { writer.add("retry", raw: try await retry.bytes(of: "--retry")) }
    }
}
