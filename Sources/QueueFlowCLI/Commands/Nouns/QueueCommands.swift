import ArgumentParser

/// `queueflow queues`.
struct QueuesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues",
        abstract: "See, pause and limit queues.",
        subcommands: [
            ListCommand<QueueListing>.self, GetCommand<QueueShowing>.self, ActCommand<PauseQueue>.self,
            ActCommand<ResumeQueue>.self, SetQueueCommand.self, ActCommand<DeleteQueue>.self,
        ]
    )
}

/// Whose queue is meant.
struct QueueOwner: ListFilter {
    @Option(help: ArgumentHelp("Whose queue; one's own unless given.", valueName: "tenant"))
    var tenant: String?

    func parameters() -> [APICall.Parameter] { tenant.map { [.init("tenant", $0)] } ?? [] }
}

enum QueueListing: Listing {
    typealias Filter = TenantFilter
    static let noun = Noun.queues
    static let abstract = "List queues with their figures."
    static let usualLimit = 100
}

enum QueueShowing: Showing {
    typealias Scope = QueueOwner
    static let noun = Noun.queues
    static let abstract = "Show a queue with its figures."
}

enum PauseQueue: Act {
    typealias Scope = QueueOwner
    static let noun = Noun.queues
    static let verb = "pause"
    static let abstract = "Give none of a queue's jobs to workers; what runs may end."
    static let done = "paused"
}

enum ResumeQueue: Act {
    typealias Scope = QueueOwner
    static let noun = Noun.queues
    static let verb = "resume"
    static let abstract = "Go on with a queue."
    static let done = "resumed"
}

enum DeleteQueue: Act {
    typealias Scope = QueueOwner
    static let noun = Noun.queues
    static let verb = "delete"
    static let abstract = "Remove a queue that has no jobs, dead letters or schedules, with its figures."
    static let done = "deleted"
    static let method = APICall.Method.delete
    static let suffix = ""
    static let warning: String? = "Its figures are lost."
}

/// `queueflow queues set`: how many jobs may wait in a queue.
struct SetQueueCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Say how many jobs may wait in a queue; makes the queue known if it is not."
    )

    @Argument(help: "The queue.") var name: String
    @Option(help: ArgumentHelp("How many jobs may wait, or none for the server's limit.", valueName: "number"))
    var maxDepth: String
    @OptionGroup var owner: QueueOwner
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard maxDepth == "none" || Int(maxDepth) != nil else {
            throw ValidationError("--max-depth is '\(maxDepth)'; expected a number or none")
        }
    }

    func call() async throws {
        var members = Members()
        members.add("max_depth", raw: Array((maxDepth == "none" ? "null" : maxDepth).utf8))
        var call = APICall(.put, Noun.queues.path(of: name), members: members)
        call.query = owner.parameters()
        try output.printer(for: .queues).print(try await connection.client().send(call).json())
    }
}
