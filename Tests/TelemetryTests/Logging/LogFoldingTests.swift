import Foundation
import Logging
import TestSupport
import Testing

@testable import Telemetry

@Suite struct LogFoldingTests {
    private static func line(_ message: String, broker: String? = nil, error: String? = nil) -> LogLine {
        var metadata: Logger.Metadata = [:]
        if let broker { metadata["broker"] = "\(broker)" }
        if let error { metadata["error"] = "\(error)" }
        return LogLine(label: "worker", level: .warning, message: message, metadata: metadata)
    }

    /// Any lines at any times: none is lost without being counted, of no kind more than one line is written an interval besides the first
    /// and the last, and what is over is said to be once.
    @Test(arguments: (0..<20).map { UInt64($0) }) func noLineIsLostUncounted(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let interval = Duration.seconds(60)
        var folding = LogFolding(interval: interval)
        var now = ContinuousClock.now
        var (came, written, told): ([String: Int], [String: Int], [String: Int]) = ([:], [:], [:])
        var lastSummary: [String: ContinuousClock.Instant] = [:]
        /// Kinds of which something was folded since it was said that they are over.
        var open: Set<String> = []
        func take(_ lines: [LogLine]) {
            for line in lines {
                if line.message == "a repeated line does not come any more" {
                    #expect(open.remove(line.metadata["line"]?.description ?? "") != nil, "seed \(seed)")
                } else {
                    told[line.message, default: 0] += Int(line.metadata["repeated"]?.description ?? "") ?? 0
                    open.insert(line.message)
                    if let last = lastSummary[line.message] { #expect(now - last >= interval, "seed \(seed)") }
                    lastSummary[line.message] = now
                }
            }
        }
        for _ in 0..<3_000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: now += .seconds(Int.random(in: 1...200, using: &generator))
            case 1: now += .seconds(1)
            default: break
            }
            // Its owner asks when it is due, as a timer does.
            if let due = folding.nextDue, due <= now { take(folding.due(at: now)) }
            let name = "trouble \(Int.random(in: 0..<4, using: &generator))"
            let line = Self.line(name)
            came[name, default: 0] += 1
            if folding.admits(line, of: try #require(LogFolding.Kind(line)), at: now) { written[name, default: 0] += 1 }
            // What was written alone and forgotten counts as dealt with.
            let sum = written.values.reduce(0, +) + told.values.reduce(0, +) + folding.pending
            #expect(sum == came.values.reduce(0, +), "seed \(seed)")
        }
        let rest = folding.rest().reduce(0) { $0 + (Int($1.metadata["repeated"]?.description ?? "") ?? 0) }
        let sum = written.values.reduce(0, +) + told.values.reduce(0, +) + rest
        #expect(sum == came.values.reduce(0, +), "seed \(seed)")
        #expect(folding.pending == 0)
    }

    @Test func anOutageIsAFewLines() throws {
        var folding = LogFolding(interval: .seconds(60))
        let start = ContinuousClock.now
        var lines: [String] = []
        for second in 0..<300 {
            let now = start + .seconds(second)
            lines += folding.due(at: now).map { "\($0.message) \($0.metadata["repeated"]?.description ?? "-")" }
            guard second < 90 else { continue }
            for number in 0..<20 {
                let line = Self.line("not connected", broker: "a:9092", error: "refused (after \(number) ms)")
                if folding.admits(line, of: try #require(LogFolding.Kind(line)), at: now) { lines.append(line.message) }
            }
        }
        #expect(
            lines == [
                "not connected", "not connected 1199", "not connected 600", "a repeated line does not come any more -",
            ]
        )
    }

    @Test func whatDiffersIsToldApart() {
        func kind(_ line: LogLine) -> LogFolding.Kind? { LogFolding.Kind(line) }
        #expect(kind(Self.line("a", broker: "a:1")) != kind(Self.line("a", broker: "b:1")))
        #expect(kind(Self.line("a")) != kind(Self.line("b")))
        #expect(kind(Self.line("a", error: "SQL: x")) == kind(Self.line("a", error: "SQL: y")))
        #expect(kind(Self.line("a", error: "again in 9 ms")) == kind(Self.line("a", error: "again in 812 ms")))
        #expect(kind(Self.line("a", error: "SQL: x")) != kind(Self.line("a", error: "Redis: x")))
        // What tells of a job is a fact of its own, and so is what tells of no trouble.
        var line = Self.line("a")
        line.metadata["job_id"] = "1"
        #expect(kind(line) == nil)
        line = Self.line("a")
        line.level = .info
        #expect(kind(line) == nil)
    }

    /// Through a logger, with a timer: what was said is written, and by whom it was not meant is left alone.
    @Test func aLoggerFolds() async throws {
        let pipe = try OutputPipe()
        let folder = JSONLogHandler.folder(
            of: ["worker"],
            service: "worker",
            interval: .milliseconds(50),
            output: pipe.output
        )
        func logger(_ label: String) -> Logger {
            Logger(label: label) {
                JSONLogHandler(label: $0, service: "worker", output: pipe.output, folder: folder)
            }
        }
        let (own, other) = (logger("worker"), logger("mailer"))
        for number in 0..<100 {
            own.warning("not connected", metadata: ["error": "refused: \(number)"])
            other.warning("not sent", metadata: ["to": "\(number)"])
        }
        try await Task.sleep(for: .milliseconds(400))
        folder.flush()
        let lines = await pipe.finish()
        #expect(lines.count { $0.contains("not sent") } == 100)
        let folded = lines.filter { $0.contains(#""message":"not connected""#) }
        #expect(folded.count <= 3, "\(folded)")
        #expect(folded.last?.contains(#""repeated":"#) == true && folded.last?.contains("refused: 99") == true)
        #expect(lines.contains { $0.contains("does not come any more") && $0.contains(#""lines":100"#) })
    }
}
