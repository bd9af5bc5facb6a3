import ArgumentParser
import Concurrency
import Formats

/// How long to wait for jobs.
struct WaitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("How long to wait, such as 30s or 5m; as long as it takes unless given.", valueName: "time")
    )
    var timeout: Seconds?
}

/// `queueflow jobs wait`: waits for jobs to end; the exit status tells how.
struct WaitCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait for jobs to end; the exit status tells how.",
        discussion: "0 all are completed, 10 one is dead, 11 one was cancelled, 6 the time was up."
    )

    @Argument(help: "The jobs.") var ids: [String]
    @OptionGroup var patience: WaitOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let client = try connection.client()
        let printer = try output.printer(for: .jobs)
        let wait = JobWait(client: client, patience: patience.timeout)
        let jobs = try await withThrowingTaskGroup(of: (Int, JSONValueSlice).self) { group in
            for (index, id) in ids.enumerated() { group.addTask { (index, try await wait.end(of: id)) } }
            return try await group.reduce(into: [Int: JSONValueSlice]()) { $0[$1.0] = $1.1 }
        }
        let ended = ids.indices.compactMap { jobs[$0] }
        if ids.count == 1, output.columns == nil { printer.print(ended[0]) } else { printer.print(ended) }
        try JobWait.judge(ended)
    }
}

/// Waits for the ends of jobs.
struct JobWait: Sendable {
    /// How long one call waits.
    private static let longestWait = 30

    let client: APIClient
    private let deadline: ContinuousClock.Instant?

    /// - Parameter patience: How long to wait; nil waits as long as it takes.
    init(client: APIClient, patience: Seconds?) {
        self.client = client
        deadline = patience.map { .now + .seconds($0.value) }
    }

    /// The job once it has ended.
    ///
    /// - Throws: ``CommandFailure`` with the status `unreachable` when the time was up.
    func end(of id: String) async throws -> JSONValueSlice {
        while true {
            let left = deadline.map { ($0 - .now).inSeconds } ?? .infinity
            let seconds = min(max(left.rounded(.up), 0), Double(Self.longestWait))
            var call = APICall(.get, Noun.jobs.path(of: id), query: [.init("wait", "\(Int(seconds))")])
            call.patience = .seconds(seconds)
            let job = try await client.send(call).object(with: "state")
            let state = job.text("state") ?? ""
            if Self.isEnd(state) { return job }
            guard left > 0 else {
                throw CommandFailure(
                    .unreachable,
                    "the job \(id) is still \(state) as the time is up; it goes on (see: jobs explain \(id))"
                )
            }
            // One that did not wait, such as an instance that ends, is not asked without a pause.
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Whether a job in this state will not change by itself any more.
    static func isEnd(_ state: String) -> Bool { ["completed", "dead", "cancelled"].contains(state) }

    /// - Throws: ``CommandFailure`` when one of the jobs is not completed.
    static func judge(_ jobs: [JSONValueSlice]) throws(CommandFailure) {
        if let dead = jobs.first(where: { $0.text("state") == "dead" }) {
            let error = dead.text("error").map { ": \($0.prefix(500))" } ?? ""
            throw CommandFailure(.jobFailed, "the job \(dead.text("id") ?? "") is dead\(error.printable)")
        }
        if let cancelled = jobs.first(where: { $0.text("state") == "cancelled" }) {
            throw CommandFailure(.jobCancelled, "the job \(cancelled.text("id") ?? "") was cancelled")
        }
    }
}
