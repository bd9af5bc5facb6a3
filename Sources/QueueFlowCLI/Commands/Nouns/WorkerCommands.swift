import ArgumentParser
import Formats

/// `queueflow workers`.
struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "See and drain workers; for administrators.",
        subcommands: [ListCommand<WorkerListing>.self, GetCommand<WorkerShowing>.self, ActCommand<DrainWorker>.self]
    )
}

enum WorkerListing: Listing {
    typealias Filter = NoFilter
    static let noun = Noun.workers
    static let abstract = "List the workers that are alive."
    static let usualLimit = 100
}

enum WorkerShowing: Showing {
    static let noun = Noun.workers
    static let abstract = "Show a worker with the jobs that it runs."

    static func more(_ item: JSONValueSlice, _ client: APIClient, _ times: TimeText) -> [(title: String, table: Table)]
    {
        let columns = ["id", "type", "queue", "tenant", "attempt", "started"].compactMap { name in
            Noun.jobs.columns.first { $0.name == name }
        }
        let printer = Printer(
            noun: .jobs,
            format: .table,
            columns: columns + [Column("progress", nil, .percent)],
            times: times,
            surroundings: .current
        )
        return [("Jobs", printer.table(item.elements("jobs")))]
    }
}

enum DrainWorker: Act {
    static let noun = Noun.workers
    static let verb = "drain"
    static let abstract = "Have a worker take no more jobs, end what it runs, and exit."
    static let done = "drains"
    static let warning: String? = "The worker ends once its jobs have ended."
}
