import ArgumentParser
import Concurrency
import Formats
import Foundation
import NIOHTTP1
import Synchronization

/// `queueflow bench`: how quickly an installation takes and completes jobs.
struct BenchCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Submit jobs as quickly as it goes, and with --poll see how quickly they are completed.",
        discussion: """
            The latency of a submission is that of its answer; that of a job is the time from its record to its end, both by the server's \
            clock. Jobs have the tag bench and a tag of their run.
            """
    )

    @Option(help: ArgumentHelp("How many jobs.", valueName: "number")) var count = 1_000
    @Option(help: ArgumentHelp("How many requests at a time.", valueName: "number")) var concurrency = 32
    @Option(help: ArgumentHelp("How many jobs in a request; 1 takes POST /jobs.", valueName: "number")) var batch = 1
    @Option(help: ArgumentHelp("The type of the jobs.", valueName: "type")) var type = "noop"
    @OptionGroup var definition: JobDefinition
    @Flag(help: "Wait until all have ended.") var poll = false
    @Option(help: ArgumentHelp("How long --poll waits.", valueName: "time")) var timeout = Seconds(value: 120)
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        for (name, value, most) in [
            ("count", count, 10_000_000), ("concurrency", concurrency, 512), ("batch", batch, 10_000),
        ] where !(1...most).contains(value) {
            throw ValidationError("--\(name) is \(value); expected 1 to \(most)")
        }
    }

    func call() async throws {
        let client = try connection.client()
        let mark = "bench-\(UUID().uuidString.prefix(8).lowercased())"
        var members = Members()
        members.add("type", type)
        try await definition.write(to: &members)
        members.add("tags", definition.tag + ["bench", mark])
        let run = BenchRun(client: client, job: members.bytes, count: count, concurrency: concurrency, batch: batch)
        let submitted = try await run.submit()
        var ended: BenchRun.Ended?
        if poll { ended = try await run.poll(mark: mark, since: submitted.earliest, within: timeout) }
        report(submitted, ended, mark)
        if let ended, ended.completed < count {
            let others = ended.count - ended.completed
            throw CommandFailure(
                ended.count < count ? .unreachable : .jobFailed,
                ended.count < count
                    ? "\(count - ended.count) of the jobs have not ended as the time is up; see: queueflow jobs list --tag \(mark)"
                    : "\(others) of the jobs were not completed; see: queueflow jobs list --tag \(mark) --state dead,cancelled"
            )
        }
    }

    private func report(_ submitted: BenchRun.Submitted, _ ended: BenchRun.Ended?, _ mark: String) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("tag", mark)
            writer.member("jobs", count)
            writer.member("submitted_per_second", Double(count) / submitted.seconds)
            writer.latencies("submission", submitted.latencies)
            guard let ended else { return }
            writer.member("completed", ended.completed)
            writer.member("completed_per_second", ended.seconds > 0 ? Double(ended.completed) / ended.seconds : 0)
            writer.latencies("job", ended.latencies)
        }
        let console = Surroundings.current.output
        if let format = output.format, format != .table, let json = try? JSONValueSlice(parsing: writer.bytes) {
            return console.line(format == .json ? json.pretty : format == .jsonl ? json.compact : mark)
        }
        func rate(_ count: Int, _ seconds: Double) -> String {
            seconds > 0 ? "\(Int((Double(count) / seconds).rounded()))/s" : "-"
        }
        console.line("submitted  \(count) in \(TimeText.span(submitted.seconds)), \(rate(count, submitted.seconds))")
        console.line("           latency \(Percentiles(submitted.latencies))")
        if let ended {
            console.line(
                "completed  \(ended.completed) in \(TimeText.span(ended.seconds)), \(rate(ended.completed, ended.seconds))"
            )
            console.line("           latency \(Percentiles(ended.latencies))")
        }
    }
}

/// One run of `queueflow bench`.
struct BenchRun: Sendable {
    let client: APIClient
    /// What each job is like: a request's body.
    let job: [UInt8]
    let count: Int
    let concurrency: Int
    let batch: Int

    /// How the submissions went.
    struct Submitted: Sendable {
        /// A time before any of them was on record, by the server's clock.
        let earliest: Date
        let seconds: Double
        /// How long each request took, in seconds.
        let latencies: [Double]
    }

    /// How the jobs went.
    struct Ended: Sendable {
        /// How many have ended, and how many of them are completed.
        var count = 0
        var completed = 0
        /// From the first job's record to the last one's end.
        var seconds = 0.0
        /// How long each took from its record to its end, in seconds.
        var latencies: [Double] = []
    }

    /// Submits all, so many requests at a time.
    func submit() async throws -> Submitted {
        let (start, begin) = (Date(), ContinuousClock.now)
        let progress = ProgressLine("submitted")
        defer { progress.end() }
        let counts = Counts()
        let latencies = try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<min(concurrency, (count + batch - 1) / batch) {
                group.addTask {
                    var latencies: [Double] = []
                    while true {
                        let size = min(batch, count - counts.begin(batch))
                        guard size > 0 else { return latencies }
                        let asked = ContinuousClock.now
                        let answer = try await client.send(call(of: size))
                        let date = answer.headers.first(name: "Date").flatMap(HTTPDate.parse)
                        counts.take(clock: date?.timeIntervalSinceNow)
                        latencies.append((ContinuousClock.now - asked).inSeconds)
                        progress.show(counts.end(size), of: count)
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        // The server's clock may differ from this one; its dates have whole seconds.
        let earliest = start.addingTimeInterval(min(0, counts.clock ?? 0) - 60)
        return Submitted(earliest: earliest, seconds: (ContinuousClock.now - begin).inSeconds, latencies: latencies)
    }

    /// How many jobs were taken up, and how many are on record.
    private final class Counts: Sendable {
        private let state = Mutex<(begun: Int, ended: Int, clock: TimeInterval?)>((0, 0, nil))

        /// Takes up so many more; how many there were before.
        func begin(_ count: Int) -> Int {
            state.withLock { state in
                defer { state.begun += count }
                return state.begun
            }
        }

        /// How far the server's clock was ahead of this one when it first answered, in seconds; nil unless it told.
        var clock: TimeInterval? { state.withLock(\.clock) }

        func take(clock: TimeInterval?) { state.withLock { $0.clock = $0.clock ?? clock } }

        /// So many more are on record; how many are in all.
        func end(_ count: Int) -> Int {
            state.withLock { state in
                state.ended += count
                return state.ended
            }
        }
    }

    private func call(of size: Int) -> APICall {
        var call = APICall(.post, batch == 1 ? "/jobs" : "/jobs/batch")
        if batch == 1 {
            call.body = job
        } else {
            call.contentType = "application/x-ndjson"
            call.body = Array(repeatElement(job + [UInt8(ascii: "\n")], count: size).joined())
            call.patience = .seconds(90)
        }
        return call
    }

    /// Looks until all jobs with a tag have ended, or the time is up.
    ///
    /// - Parameter start: A time before any of them was on record, by the server's clock.
    func poll(mark: String, since start: Date, within limit: Seconds) async throws -> Ended {
        let deadline = ContinuousClock.now + .seconds(limit.value)
        let progress = ProgressLine("ended")
        defer { progress.end() }
        var seen: Set<String> = []
        var ended = Ended()
        var (first, last) = (Double.infinity, -Double.infinity)
        while ended.count < count, ContinuousClock.now < deadline {
            let query: [APICall.Parameter] = [
                .init("tag", mark), .init("fields", "id,state,created_at,finished_at"),
                // Ends the walk there, whatever there is from before.
                .init("created_after", RFC3339.string(start)),
            ]
            var pages = Pages(client, .jobs, query, limit: nil)
            while let page = try await pages.next(), ContinuousClock.now < deadline {
                for job in page {
                    guard let state = job.text("state"), JobWait.isEnd(state), let id = job.text("id"),
                        let created = job.text("created_at").flatMap({ RFC3339.date($0) }),
                        let finished = job.text("finished_at").flatMap({ RFC3339.date($0) }), seen.insert(id).inserted
                    else { continue }
                    ended.count += 1
                    if state == "completed" { ended.completed += 1 }
                    ended.latencies.append(finished.timeIntervalSince(created))
                    first = min(first, created.timeIntervalSince1970)
                    last = max(last, finished.timeIntervalSince1970)
                }
                progress.show(ended.count, of: count)
            }
            if ended.count < count { try await Task.sleep(for: .milliseconds(200)) }
        }
        ended.seconds = max(0, last - first)
        return ended
    }
}

/// The middle and the slow end of latencies in seconds.
struct Percentiles: CustomStringConvertible {
    private let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    /// The value below or at which a part of all lie (nearest rank); nil when there are none.
    subscript(part: Double) -> Double? {
        guard !sorted.isEmpty else { return nil }
        return sorted[min(sorted.count - 1, max(0, Int((part * Double(sorted.count)).rounded(.up)) - 1))]
    }

    var description: String {
        [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)].map { name, part in
            "\(name) \(self[part].map(TimeText.span) ?? "-")"
        }.joined(separator: ", ")
    }
}

extension JSONWriter {
    fileprivate mutating func latencies(_ name: String, _ values: [Double]) {
        let percentiles = Percentiles(values)
        self.name("\(name)_seconds")
        object { writer in
            for (name, part) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
                writer.member(name, percentiles[part] ?? .nan)
            }
        }
    }
}
