import ArgumentParser

/// `queueflow ops`.
struct OperationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ops",
        abstract: "Operations: work on many jobs that the server does by itself.",
        subcommands: [
            ListCommand<OperationListing>.self, GetCommand<OperationShowing>.self, WatchOperationCommand.self,
            ActCommand<StopOperation>.self,
        ]
    )
}

/// Which operations are meant.
struct OperationFilter: ListFilter {
    @Option(help: ArgumentHelp("Those that are waiting, running, done, stopped or failed.", valueName: "state"))
    var state: String?

    @Option(help: ArgumentHelp("Those of this tenant; for administrators.", valueName: "tenant"))
    var tenant: String?

    func parameters() -> [APICall.Parameter] {
        APICall.Parameter.given([("state", state), ("tenant", tenant)])
    }
}

enum OperationListing: Listing {
    typealias Filter = OperationFilter
    static let noun = Noun.operations
    static let abstract = "List operations, the newest first."
}

enum OperationShowing: Showing {
    static let noun = Noun.operations
    static let abstract = "Show an operation and how far it is."
}

enum StopOperation: Act {
    static let noun = Noun.operations
    static let verb = "stop"
    static let abstract = "Stop operations; what they have done stays done."
    static let done = "stopped"
}

/// `queueflow ops watch`: follows an operation to its end.
struct WatchOperationCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow an operation to its end; exit status 1 if it failed."
    )

    @Argument(help: "The operation.") var id: String
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let client = try connection.client()
        let operation = try await client.send(APICall(.get, Noun.operations.path(of: id))).object(with: "state")
        try output.printer(for: .operations).print(try await Operations(client: client).follow(operation))
    }
}
