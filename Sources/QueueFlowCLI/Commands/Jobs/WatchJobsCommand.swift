import ArgumentParser
import Formats
import Foundation

/// `queueflow jobs watch`: what happens to jobs, as it happens.
struct WatchJobsCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show what happens to jobs, as it happens, until interrupted or the named jobs have ended.",
        discussion: "One line for each change; with -o jsonl the events as the server sends them."
    )

    @Argument(help: "The jobs; all unless given.") var ids: [String] = []
    @Option(help: ArgumentHelp("Those in these states, with commas between them.", valueName: "states")) var state:
        String?
    @Option(help: ArgumentHelp("Those of this type.", valueName: "type")) var type: String?
    @Option(help: ArgumentHelp("Those of this queue.", valueName: "queue")) var queue: String?
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let client = try connection.client()
        let console = Surroundings.current.output
        let printer = try output.printer(for: .events)
        var query: [APICall.Parameter] = [.init("events", "job")]
        if let type { query.append(.init("type", type)) }
        if let queue { query.append(.init("queue", queue)) }
        let states = state.map { Set($0.split(separator: ",").map(String.init)) }
        var waiting = Set(ids)

        /// Shows a change; false when there is nothing more to wait for.
        func show(_ job: JSONValueSlice) -> Bool {
            let id = job.text("id") ?? ""
            let state = job.text("state") ?? ""
            guard ids.isEmpty || ids.contains(id), states?.contains(state) ?? true else { return true }
            guard type == nil || job.text("type") == type, queue == nil || job.text("queue") == queue else {
                return true
            }
            if printer.isStreaming || printer.format == .json {
                printer.print([job])
            } else {
                console.line(line(of: job, printer))
            }
            if JobWait.isEnd(state) { waiting.remove(id) }
            return ids.isEmpty || !waiting.isEmpty
        }
        /// Shows that a job was deleted; false when there is nothing more to wait for. Which type and queue it had nobody knows any more.
        func showDeleted(_ job: JSONValueSlice) -> Bool {
            let id = job.text("id") ?? ""
            guard ids.isEmpty ? states == nil && type == nil && queue == nil : waiting.remove(id) != nil else {
                return true
            }
            if printer.isStreaming || printer.format == .json {
                printer.print([job])
            } else {
                console.line("\(clock(printer))  \(id.printable)  deleted")
            }
            return ids.isEmpty || !waiting.isEmpty
        }
        var isOver = false
        try await EventFollower(client: client, query: query).run {
            // What happened before the stream began, or while it was away.
            for id in waiting.sorted() where !isOver {
                isOver = !show(try await client.send(APICall(.get, Noun.jobs.path(of: id))).object(with: "state"))
            }
            if ids.isEmpty { Surroundings.current.remark("Watching \(client.address); Ctrl-C ends it.") }
        } _: { event, json in
            if isOver { return false }
            if event.name == "lagged" {
                Surroundings.current.notes.line("More happened than could be told; some changes were left out.")
            }
            return switch event.name {
            case "job": show(json)
            case "job-deleted": showDeleted(json)
            default: true
            }
        }
    }

    private func clock(_ printer: Printer) -> String {
        let now = Surroundings.current.now()
        return printer.times.style == .utc
            ? RFC3339.wholeSeconds(now)
            : String(TimeText(style: .local, now: now).text(RFC3339.string(now)).dropFirst(11).prefix(8))
    }

    private func line(of job: JSONValueSlice, _ printer: Printer) -> String {
        let state = (job.text("state") ?? "").padded(to: 9)
        let hasColours = Surroundings.current.terminal.hasColours
        let style = hasColours ? Style.ofState(state.trimmed) : nil
        var parts = [
            clock(printer), job.text("id") ?? "", style?(state) ?? state, job.text("type") ?? "",
            job.text("queue") ?? "",
            "attempt \(job.at("attempt")?.int ?? 0)",
        ]
        if let worker = job.text("worker_id") { parts.append("worker \(worker)") }
        if let fraction = job.at("progress.fraction")?.double, state.trimmed == "running" {
            parts.append("\(Int(fraction * 100))% \(job.text("progress.message") ?? "")")
        }
        if let error = job.text("error") { parts.append(error) }
        let line = parts.map { $0.hasPrefix("\u{1B}") ? $0 : $0.printable }.joined(separator: "  ")
        return printer.surroundings.terminal.width.map { hasColours ? line : line.cut(to: $0) } ?? line
    }
}

extension Noun {
    /// Changes of jobs, as events tell them.
    static let events = Noun(
        name: "change",
        plural: "changes",
        path: "/events",
        list: "",
        key: "id",
        columns: jobs.columns,
        shown: ["id", "state", "type", "queue", "attempt", "error"]
    )
}
