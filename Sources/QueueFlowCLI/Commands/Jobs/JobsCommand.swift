import ArgumentParser
import Formats

/// `queueflow jobs`.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Submit, see and change jobs.",
        subcommands: [
            SubmitCommand.self, ListCommand<JobListing>.self, CountJobsCommand.self, GetCommand<JobShowing>.self,
            ExplainCommand.self,
            JobLogCommand.self, WatchJobsCommand.self, WaitCommand.self, BulkCommand<RetryJobs>.self,
            BulkCommand<CancelJobs>.self, BulkCommand<DeleteJobs>.self, EditJobCommand.self,
        ]
    )
}

enum JobListing: Listing {
    typealias Filter = JobFilter
    static let noun = Noun.jobs
    static let abstract = "List jobs, the newest first."
}

enum JobShowing: Showing {
    static let noun = Noun.jobs
    static let abstract = "Show a job with its attempts."

    static func more(_ item: JSONValueSlice, _ client: APIClient, _ times: TimeText) async throws
        -> [(title: String, table: Table)]
    {
        guard let id = item.text("id"), item.at("run")?.int ?? 0 > 0 else { return [] }
        let attempts = try await client.send(APICall(.get, Noun.jobs.path(of: id) + "/attempts")).list("attempts")
        let printer = Printer(
            noun: .attempts,
            format: .table,
            columns: Noun.attempts.usualColumns,
            times: times,
            surroundings: .current
        )
        return [("Attempts", printer.table(attempts))]
    }
}

/// `queueflow jobs count`.
struct CountJobsCommand: CallCommand {
    static let configuration = CommandConfiguration(commandName: "count", abstract: "Count jobs.")

    @OptionGroup(title: "Filter") var filter: JobFilter
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let call = APICall(.get, "/jobs/count", query: filter.parameters())
        let answer = try await connection.client().send(call).object(with: "count")
        let count = answer.at("count")?.int ?? 0
        Surroundings.current.output.line(answer.at("is_exact")?.bool == false ? "\(count)+" : "\(count)")
    }
}

/// `queueflow jobs explain`: why a job runs or does not.
struct ExplainCommand: CallCommand {
    static let configuration = CommandConfiguration(commandName: "explain", abstract: "Tell why a job is not running.")

    @Argument(help: "The job.") var id: String
    @OptionGroup var watching: WatchOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let client = try connection.client()
        let call = APICall(.get, Noun.jobs.path(of: id) + "/explanation")
        try await watching.repeating {
            let printer = try output.printer(for: .reasons)
            let explanation = try await client.send(call).object(with: "summary")
            guard printer.format == .table else { return printer.print(explanation) }
            let console = Surroundings.current.output
            console.line((explanation.text("summary") ?? "").printable)
            if let ahead = explanation.at("ahead")?.int {
                let isExact = explanation.at("is_ahead_exact")?.bool != false
                console.line("Ahead of it: \(ahead)\(isExact ? "" : " or more")")
            }
            if let start = explanation.text("estimated_start") {
                console.line("Expected to start: \(printer.times.text(start))")
            }
            let reasons = explanation.elements("reasons")
            if !reasons.isEmpty {
                console.line()
                printer.print(reasons)
            }
        }
    }
}

extension Noun {
    fileprivate static let reasons = Noun(
        name: "reason",
        plural: "reasons",
        path: "",
        list: "reasons",
        key: "code",
        columns: [Column("code"), Column("since", nil, .time), Column("detail"), Column("state", nil, .state)],
        shown: ["code", "since", "detail"]
    )
}
