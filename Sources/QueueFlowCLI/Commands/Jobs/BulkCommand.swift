import ArgumentParser
import Formats

/// What is done to jobs that are named, or that a filter finds.
protocol BulkAct {
    associatedtype Filter: ListFilter
    static var verb: String { get }
    static var abstract: String { get }
    /// The kind of operation that does it to many.
    static var kind: String { get }
    static var done: String { get }
    /// The call that does it to one.
    static func call(_ id: String) -> APICall
    static var warning: String? { get }
    /// What every filter says besides what is given.
    static var fixed: [APICall.Parameter] { get }
    static var noun: Noun { get }
}

extension BulkAct {
    static var warning: String? { nil }
    static var fixed: [APICall.Parameter] { [] }
    static var noun: Noun { .jobs }
}

/// `queueflow jobs retry|cancel|delete` and `queueflow dlq replay|drop`.
///
/// Jobs that are named are dealt with one by one, so that each failure is told. What a filter finds is an operation of the server, which goes
/// on whatever becomes of this command.
struct BulkCommand<A: BulkAct>: CallCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: A.verb,
            abstract: A.abstract,
            discussion:
                "With a filter it is an operation of the server, which goes on without this command; see queueflow ops."
        )
    }

    @Argument(help: "Which ones; a filter otherwise.") var ids: [String] = []
    @Flag(help: "All there are, without a filter.") var all = false
    @OptionGroup(title: "Filter") var filter: A.Filter

    @Option(help: ArgumentHelp("How many a second at most.", valueName: "number")) var rate: Double?
    @Option(name: .shortAndLong, help: ArgumentHelp("How many at most.", valueName: "number")) var limit: Int?
    @Flag(help: "Print the operation's id and do not wait for its end.") var detach = false

    @OptionGroup var patch: PatchOptions
    @OptionGroup var consent: ConsentOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        if let rate, !(rate > 0) { throw ValidationError("--rate is \(rate); expected more than 0") }
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit); expected 1 or more") }
        if patch.payload != nil, A.kind != "retry" { throw ValidationError("--payload-patch is for retries") }
    }

    func call() async throws {
        let parameters = try filter.parameters()
        let client = try connection.client()
        if !ids.isEmpty {
            guard parameters.isEmpty, !all else {
                throw CommandFailure(.usage, "give either ids or a filter, not both")
            }
            return try await each(client)
        }
        guard all || !parameters.isEmpty else {
            throw CommandFailure(.usage, "which \(A.noun.plural)? Give ids, a filter such as --type, or --all")
        }
        try await operation(client, parameters + A.fixed)
    }

    private func each(_ client: APIClient) async throws {
        guard patch.payload == nil, rate == nil, limit == nil else {
            throw CommandFailure(.usage, "--payload-patch, --rate and --limit are for a filter, not for ids")
        }
        let console = Surroundings.current.output
        if consent.dryRun {
            for id in ids { console.line("\(id) would be \(A.done)") }
            return
        }
        if let warning = A.warning {
            try await consent.ask(
                "\(A.verb.capitalizedFirst) \(ids.count == 1 ? ids[0] : "\(ids.count) \(A.noun.plural)")? \(warning)"
            )
        }
        let printer = try output.printer(for: .jobs)
        try await EachOne.of(ids) { id in
            let answer = try await client.send(A.call(id))
            if output.format != nil, !answer.body.isEmpty {
                printer.print(try answer.json())
            } else {
                console.line("\(id) \(answer.status == 202 ? "is being \(A.done)" : A.done)")
            }
        }
    }

    private func operation(_ client: APIClient, _ parameters: [APICall.Parameter]) async throws {
        var members = Members()
        members.add("kind", A.kind)
        members.add("filter", raw: Operations.filter(parameters))
        members.add("rate", rate)
        members.add("limit", limit)
        if let payload = patch.payload { members.add("payload", raw: try await payload.bytes(of: "--payload-patch")) }
        let operations = Operations(client: client)
        let preview = try await operations.preview(members)
        let count = preview.isExact ? "\(preview.matched)" : "\(preview.matched) or more"
        if consent.dryRun {
            Surroundings.current.output.line("\(count) \(A.noun.plural) would be \(A.done)")
            for example in preview.examples { Surroundings.current.output.line("  \(example)") }
            return
        }
        guard preview.matched > 0 || !preview.isExact else {
            Surroundings.current.notes.line("There are no such \(A.noun.plural); nothing was done.")
            return
        }
        let warning = A.warning.map { " \($0)" } ?? ""
        try await consent.ask("\(A.verb.capitalizedFirst) \(count) \(A.noun.plural) at \(client.address)?\(warning)")
        let operation = try await operations.start(members)
        let printer = try output.printer(for: .operations, usual: detach ? .name : .table)
        guard !detach else { return printer.print(operation) }
        printer.print(try await operations.follow(operation, total: preview.isExact ? preview.matched : nil))
    }
}

/// A change of payloads on their way back.
struct PatchOptions: ParsableArguments {
    @Option(
        name: .customLong("payload-patch"),
        help: ArgumentHelp("A merge patch (RFC 7396) of their payloads: JSON, @FILE or -.", valueName: "json")
    )
    var payload: JSONArgument?
}

enum RetryJobs: BulkAct {
    typealias Filter = JobFilter
    static let verb = "retry"
    static let abstract = "Run jobs now that are dead, retrying or scheduled."
    static let kind = "retry"
    static let done = "queued"
    static func call(_ id: String) -> APICall { APICall(.post, Noun.jobs.path(of: id) + "/retry") }
}

enum CancelJobs: BulkAct {
    typealias Filter = JobFilter
    static let verb = "cancel"
    static let abstract = "Cancel jobs; what runs is told to stop."
    static let kind = "cancel"
    static let done = "cancelled"
    static let warning: String? = "What has not run will not run."
    static func call(_ id: String) -> APICall { APICall(.post, Noun.jobs.path(of: id) + "/cancel") }
}

enum DeleteJobs: BulkAct {
    typealias Filter = JobFilter
    static let verb = "delete"
    static let abstract = "Delete jobs that do not run, with all that belongs to them."
    static let kind = "delete"
    static let done = "deleted"
    static let warning: String? = "They cannot be brought back."
    static func call(_ id: String) -> APICall { APICall(.delete, Noun.jobs.path(of: id)) }
}
