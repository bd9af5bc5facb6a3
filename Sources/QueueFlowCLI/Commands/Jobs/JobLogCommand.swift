import ArgumentParser
import Formats

/// `queueflow jobs log`: what a job's handler logged.
struct JobLogCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show what a job's handler logged."
    )

    @Argument(help: "The job.") var id: String
    @Option(help: ArgumentHelp("The lines of this run; of all unless given.", valueName: "number")) var run: Int?
    @Flag(name: .shortAndLong, help: "Go on showing lines until the job has ended.") var follow = false
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let client = try connection.client()
        let printer = try output.printer(for: .logLines)
        var shown: [Int: Int] = [:]

        func show(_ line: JSONValueSlice, run: Int) {
            guard let number = line.at("number")?.int, number > shown[run, default: 0] else { return }
            shown[run] = number
            guard printer.format == .table else { return printer.print([line]) }
            let time = line.text("at").map(printer.times.text) ?? ""
            let level = (line.text("level") ?? "").padded(to: 7)
            Surroundings.current.output.line("\(time)  \(level) \((line.text("message") ?? "").printable)")
        }
        /// Reads what there is; whether the job has ended.
        func read() async throws -> Bool {
            var call = APICall(.get, Noun.jobs.path(of: id) + "/log", query: [.init("limit", "2560")])
            if let run { call.query.append(.init("run", "\(run)")) }
            let fields = [APICall.Parameter("fields", "state")]
            let state = try await client.send(APICall(.get, Noun.jobs.path(of: id), query: fields))
                .object(with: "state").text("state")
            for line in try await client.send(call).list("lines") {
                show(line, run: line.at("run")?.int ?? 0)
            }
            return JobWait.isEnd(state ?? "")
        }
        guard follow else {
            _ = try await read()
            return
        }
        // Events say that there is something new; what it is stands in the log, in order and once.
        var isOver = false
        try await EventFollower(client: client).run {
            isOver = try await read()
        } _: { event, json in
            if isOver { return false }
            if ["job", "log"].contains(event.name), json.text("id") == id { isOver = try await read() }
            return !isOver
        }
    }
}

extension Noun {
    fileprivate static let logLines = Noun(
        name: "line",
        plural: "lines",
        path: "",
        list: "lines",
        key: "message",
        columns: [
            Column("run", nil, .number), Column("number", nil, .number), Column("at", nil, .time), Column("level"),
            Column("message"),
        ],
        shown: ["at", "level", "message"]
    )
}
