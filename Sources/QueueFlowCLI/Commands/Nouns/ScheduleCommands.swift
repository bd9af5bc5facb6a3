import ArgumentParser
import Formats
import NIOHTTP1

/// `queueflow schedules`.
struct SchedulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules",
        abstract: "Jobs that are submitted again and again.",
        subcommands: [
            ListCommand<ScheduleListing>.self, GetCommand<ScheduleShowing>.self, CreateScheduleCommand.self,
            EditScheduleCommand.self, ActCommand<PauseSchedule>.self, ActCommand<ResumeSchedule>.self,
            TriggerScheduleCommand.self, ScheduleRunsCommand.self, PreviewScheduleCommand.self,
            ActCommand<DeleteSchedule>.self,
        ]
    )
}

enum ScheduleListing: Listing {
    typealias Filter = NoFilter
    static let noun = Noun.schedules
    static let abstract = "List schedules."
}

enum ScheduleShowing: Showing {
    static let noun = Noun.schedules
    static let abstract = "Show a schedule."
}

enum PauseSchedule: Act {
    static let noun = Noun.schedules
    static let verb = "pause"
    static let abstract = "Submit no jobs of a schedule for now."
    static let done = "paused"
}

enum ResumeSchedule: Act {
    static let noun = Noun.schedules
    static let verb = "resume"
    static let abstract = "Go on with a schedule."
    static let done = "resumed"
}

enum DeleteSchedule: Act {
    static let noun = Noun.schedules
    static let verb = "delete"
    static let abstract = "Delete a schedule; its jobs stay."
    static let done = "deleted"
    static let method = APICall.Method.delete
    static let suffix = ""
    static let warning: String? = "It will not fire again."
}

/// What a schedule is to be like.
struct ScheduleDefinition: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "When it fires: five or six cron fields, @daily, or '@every 1h30m'.",
            valueName: "expression"
        )
    )
    var cron: String?

    @Option(help: ArgumentHelp("The IANA time zone of the expression; UTC unless given.", valueName: "zone"))
    var timezone: String?

    @Option(help: ArgumentHelp("Which handler runs its jobs; the queue's name unless given.", valueName: "type"))
    var type: String?

    @Option(
        help: ArgumentHelp("What becomes of instants that nobody looked at: skip, latest or all.", valueName: "rule")
    )
    var missedRuns: String?

    @Option(
        help: ArgumentHelp(
            "What becomes of an instant while the job before is not done: allow, skip or queue.",
            valueName: "rule"
        )
    )
    var overlap: String?

    @OptionGroup var job: JobDefinition

    /// Writes the members that were given.
    func write(to members: inout Members) async throws {
        members.add("cron", cron)
        members.add("timezone", timezone)
        members.add("type", type)
        members.add("missed_runs", missedRuns)
        members.add("overlap", overlap)
        try await job.write(to: &members)
    }
}

/// `queueflow schedules create`.
struct CreateScheduleCommand: CallCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a schedule.")

    @Argument(help: "What it is called.") var name: String
    @OptionGroup var definition: ScheduleDefinition
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        if definition.cron == nil { throw ValidationError("when? Give --cron, such as --cron '0 2 * * *'") }
        if definition.type == nil, definition.job.queue == nil { throw ValidationError("what job? Give --type") }
    }

    func call() async throws {
        var members = Members()
        members.add("name", name)
        try await definition.write(to: &members)
        let schedule = try await connection.client().send(APICall(.post, Noun.schedules.path, members: members)).json()
        try output.printer(for: .schedules).print(schedule)
    }
}

/// `queueflow schedules edit`: changes what is given and leaves the rest.
struct EditScheduleCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Change a schedule: what is given takes the place of what it has."
    )

    /// What a definition has, of what a schedule says.
    private static let kept = [
        "name", "cron", "timezone", "missed_runs", "overlap", "type", "queue", "payload", "priority", "max_attempts",
        "retry", "timeout", "tags",
    ]

    @Argument(help: "The schedule: its id or name.") var schedule: String
    @Option(help: ArgumentHelp("What it is called from now on.", valueName: "name")) var name: String?
    @OptionGroup var definition: ScheduleDefinition
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let client = try connection.client()
        let path = Noun.schedules.path(of: try await client.key(of: schedule, .schedules))
        let answer = try await client.send(APICall(.get, path))
        let present = try answer.object(with: "cron")
        var members = Members()
        for name in Self.kept {
            if let value = present.at(name), !value.isNull { members.add(name, raw: Array(value.rawBytes)) }
        }
        members.add("name", name)
        try await definition.write(to: &members)
        var call = APICall(.put, path, members: members)
        // Whoever changed it meanwhile is told of, instead of being undone.
        if let tag = answer.headers.first(name: "ETag") { call.headers = [("If-Match", tag)] }
        try output.printer(for: .schedules).print(try await client.send(call).json())
    }
}

/// `queueflow schedules trigger`: submits a job of a schedule now.
struct TriggerScheduleCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "trigger",
        abstract: "Submit a job like those of a schedule now; prints its id."
    )

    @Argument(help: "The schedule: its id or name.") var schedule: String
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let client = try connection.client()
        let path = Noun.schedules.path(of: try await client.key(of: schedule, .schedules))
        let job = try await client.send(APICall(.post, path + "/trigger")).object(with: "id")
        try output.printer(for: .jobs, usual: .name).print(job)
    }
}

/// `queueflow schedules runs`: what a schedule has fired, and what became of it.
struct ScheduleRunsCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List what a schedule has fired, the latest first, and what became of it."
    )

    @Argument(help: "The schedule: its id or name.") var schedule: String
    @Option(name: .shortAndLong, help: ArgumentHelp("How many to list at most.", valueName: "number")) var limit = 20
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is at least 1") }
    }

    func call() async throws {
        let client = try connection.client()
        let noun = Noun.runs(of: Noun.schedules.path(of: try await client.key(of: schedule, .schedules)))
        var pages = Pages(client, noun, [], limit: limit)
        var runs: [JSONValueSlice] = []
        while let page = try await pages.next() { runs += page }
        try output.printer(for: noun).print(runs)
    }
}

/// `queueflow schedules preview`: when an expression or a schedule fires next, by the server's time zones.
struct PreviewScheduleCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Show when a schedule, or a cron expression with --cron, fires next.",
        discussion: "queueflow cron next does it for an expression without a server."
    )

    @Argument(help: "The schedule: its id or name.") var schedule: String?
    @Option(help: ArgumentHelp("A cron expression instead of a schedule.", valueName: "expression")) var cron: String?
    @Option(help: ArgumentHelp("The time zone of --cron.", valueName: "zone")) var timezone: String?
    @Option(help: ArgumentHelp("How many instants.", valueName: "number")) var count = 5
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func validate() throws {
        guard (schedule == nil) != (cron == nil) else { throw ValidationError("give either a schedule or --cron") }
    }

    func call() async throws {
        let client = try connection.client()
        var (expression, zone) = (cron ?? "", timezone)
        if let schedule {
            let path = Noun.schedules.path(of: try await client.key(of: schedule, .schedules))
            let present = try await client.send(APICall(.get, path)).object(with: "cron")
            (expression, zone) = (present.text("cron") ?? "", present.text("timezone"))
        }
        var query = [APICall.Parameter("cron", expression), .init("count", "\(count)")]
        if let zone { query.append(.init("timezone", zone)) }
        let preview = try await client.send(APICall(.get, "/schedules/preview", query: query)).object(with: "next")
        let printer = try output.printer(for: .schedules)
        guard printer.format == .table else { return printer.print(preview) }
        for instant in preview.elements("next") {
            printer.surroundings.output.line(printer.times.text(instant.plainText))
        }
        if let description = preview.text("description") { Surroundings.current.remark(description) }
    }
}
