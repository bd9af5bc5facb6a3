import ArgumentParser
import Formats
import Foundation

/// `queueflow jobs submit`: one job, or as many as there are lines.
struct SubmitCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submit a job, or with --from one a line.",
        discussion: """
            Prints the ids. What is sent twice because an answer was lost makes one job, but for --from.

            queueflow jobs submit email.send --payload '{"to": "ada@example.com"}' --wait
            queueflow jobs submit --from jobs.ndjson
            """
    )

    @Argument(help: "Which handler runs it; the queue's name unless given.")
    var type: String?

    @OptionGroup var definition: JobDefinition

    @Option(help: ArgumentHelp("In how long it is due, such as 90s or 2h.", valueName: "time"))
    var delay: Seconds?

    @Option(help: ArgumentHelp("When it is due: RFC 3339, or from now, such as 2h.", valueName: "time"))
    var runAt: Moment?

    @Option(
        help: ArgumentHelp(
            "Names the submission: a second one under the same key makes no second job.",
            valueName: "key"
        )
    )
    var idempotencyKey: String?

    @Option(
        help: ArgumentHelp(
            "Submit the jobs of this file, or of standard input with -: an object a line, as POST /jobs takes it.",
            valueName: "file"
        )
    )
    var from: String?

    @Option(help: ArgumentHelp("How many jobs --from sends at once.", valueName: "number"))
    var batchSize = 1_000

    @Flag(help: "Wait for its end; the exit status tells which.")
    var wait = false

    @OptionGroup var patience: WaitOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard (1...10_000).contains(batchSize) else {
            throw ValidationError("--batch-size is \(batchSize); expected 1 to 10000")
        }
        if from != nil {
            guard type == nil, delay == nil, runAt == nil, idempotencyKey == nil, !wait else {
                throw ValidationError("--from takes all from its lines; leave out the type and the options of one job")
            }
        } else if type == nil, definition.queue == nil {
            throw ValidationError("what job? Give its type, such as: queueflow jobs submit email.send")
        }
        if delay != nil, runAt != nil { throw ValidationError("--delay and --run-at exclude each other") }
    }

    func call() async throws {
        let client = try connection.client()
        if let from {
            try await BatchSubmission(client: client, size: batchSize, showsIDs: output.format != nil).run(from)
        } else {
            try await submitOne(client)
        }
    }

    private func submitOne(_ client: APIClient) async throws {
        var members = Members()
        members.add("type", type)
        try await definition.write(to: &members)
        members.add("delay", delay?.value)
        members.add("execute_at", runAt?.text(after: Surroundings.current.now()))
        var call = APICall(.post, "/jobs", members: members)
        call.headers = [("Idempotency-Key", idempotencyKey ?? "cli-\(UUID().uuidString)")]
        let printer = try output.printer(for: .jobs, usual: wait ? .table : .name)
        let job = try await client.sendTwice(call).object(with: "id")
        guard wait, let id = job.text("id") else { return printer.print(job) }
        Surroundings.current.remark("Waiting for \(id).")
        let ended = try await JobWait(client: client, patience: patience.timeout).end(of: id)
        printer.print(ended)
        try JobWait.judge([ended])
    }
}

extension APIClient {
    /// Makes a call that does no harm when it is made twice, and makes it again when no answer came.
    fileprivate func sendTwice(_ call: APICall) async throws -> APIAnswer {
        do {
            return try await send(call)
        } catch let failure as CommandFailure where failure.status == .unreachable {
            return try await send(call)
        }
    }
}

/// Submits the lines of a file in batches. What one batch has is on record or refused as a whole.
struct BatchSubmission {
    /// The most bytes of a batch: half of what the API takes.
    private static let maxBytes = 32 << 20

    let client: APIClient
    let size: Int
    let showsIDs: Bool

    func run(_ source: String) async throws {
        let surroundings = Surroundings.current
        var input = surroundings.input
        var descriptor: Int32?
        defer { if let descriptor { close(descriptor) } }
        if source != "-" {
            let path = URL(filePath: source, relativeTo: surroundings.directory).path
            let opened = open(path, O_RDONLY | O_CLOEXEC)
            guard opened >= 0 else { throw CommandFailure(.usage, "\(source): \(String(cString: strerror(errno)))") }
            descriptor = opened
            input = StandardInput(descriptor: opened)
        }
        var lines = LineReader(input)
        let progress = ProgressLine("submitted")
        var (submitted, line, first) = (0, 0, 1)
        var (batch, count): ([UInt8], Int) = ([], 0)

        func send() async throws {
            guard count > 0 else { return }
            do {
                submitted += try await submit(batch, count)
            } catch let failure as CommandFailure {
                progress.end()
                let before =
                    submitted == 0
                    ? "nothing was submitted" : "the \(submitted) jobs before line \(first) were submitted"
                throw CommandFailure(failure.status, "lines \(first) to \(line): \(failure) (\(before))")
            }
            progress.show(submitted, of: nil)
            (batch, count, first) = ([], 0, line + 1)
        }
        while let next = try await lines.next() {
            if count == size || count > 0 && batch.count + next.count > Self.maxBytes { try await send() }
            line += 1
            // A line without anything but white space is none.
            if next.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) { continue }
            batch += next
            batch.append(UInt8(ascii: "\n"))
            count += 1
        }
        try await send()
        progress.end()
        surroundings.notes.line("\(submitted) jobs submitted.")
    }

    private func submit(_ batch: [UInt8], _ count: Int) async throws -> Int {
        var call = APICall(.post, "/jobs/batch")
        call.body = batch
        call.contentType = "application/x-ndjson"
        call.patience = .seconds(90)
        let ids = try await client.send(call).list("ids")
        if showsIDs { for id in ids { Surroundings.current.output.line(id.plainText) } }
        return ids.count
    }
}
