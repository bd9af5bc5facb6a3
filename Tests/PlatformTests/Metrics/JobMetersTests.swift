import JobCore
import Telemetry
import TestSupport
import Testing

@testable import Platform

@Suite struct JobMetersTests {
    private static let sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private static let unsampled = "00-0af7651916cd43dd8448eb211c80319d-b7ad6b7169203331-00"

    private let registry = PrometheusRegistry.queueFlow()

    private func text(_ format: ExpositionFormat = .prometheus) async -> String {
        String(decoding: await registry.exposition(format), as: UTF8.self)
    }

    private func ends(
        _ outcome: RunEnds.Outcome,
        _ became: JobState,
        type: String = "email",
        runs: [Int64],
        trace: String? = nil
    ) -> RunEnds {
        var times = RunEnds.Times()
        times.count = runs.count
        times.runs = runs
        times.wholes = runs.map { $0 * 2 }
        times.traced = trace.map { (runs[0], runs[0] * 2, $0) }
        var ends = RunEnds()
        ends.add(RunEnds.Kind(type: type, priority: .high, outcome: outcome, became: became), times)
        return ends
    }

    @Test func endsAreCountedByTypeAndTimed() async {
        let meters = JobMeters(registry: registry)
        var all = ends(.completed, .completed, runs: [250_000, 2_000_000])
        all.add(ends(.timedOut, .retrying, runs: [500_000]))
        all.add(ends(.lost, .queued, runs: [9_000_000]))
        all.add(ends(.failed, .dead, runs: [4_000_000]))
        meters.ended(all)
        let text = await text()
        for line in [
            #"queueflow_job_attempts_total{outcome="completed",type="email"} 2"#,
            #"queueflow_job_attempts_total{outcome="timed_out",type="email"} 1"#,
            #"queueflow_job_attempts_total{outcome="lost",type="email"} 1"#,
            #"queueflow_job_attempts_total{outcome="snoozed",type="email"} 0"#,
            #"queueflow_jobs_finished_total{state="completed",type="email"} 2"#,
            #"queueflow_jobs_finished_total{state="dead",type="email"} 1"#,
            #"queueflow_job_retries_total{type="email"} 1"#,
            // A run that was lost went on for nobody knows how long.
            #"queueflow_job_run_seconds_count{type="email"} 4"#,
            #"queueflow_job_run_seconds_sum{type="email"} 6.75"#,
            // A job that is tried again has not come to its end.
            #"queueflow_job_end_to_end_seconds_count{priority="high"} 3"#,
            #"queueflow_job_end_to_end_seconds_sum{priority="high"} 12.5"#,
        ] { #expect(text.contains("\n\(line)\n"), "\(line)\n\(text)") }
    }

    @Test func onlySampledTracesBecomeExemplarsAndOnlyInOpenMetrics() async {
        let meters = JobMeters(registry: registry)
        meters.granted(
            [(.high, 1_000_000, Self.unsampled), (.high, 900_000, Self.sampled), (.low, 0, nil)],
            at: 1_100_000
        )
        meters.ended(ends(.completed, .completed, runs: [3_000], trace: Self.sampled))
        let exemplar = #"# {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"}"#
        let openMetrics = await text(.openMetrics)
        func line(_ beginning: String) -> Substring? {
            openMetrics.split(separator: "\n").first { $0.hasPrefix(beginning) }
        }
        let wait = line(#"queueflow_job_wait_seconds_bucket{priority="high",le="0.25"}"#)
        #expect(wait?.contains("2 \(exemplar) 0.2 ") ?? false, "\(wait ?? "")")
        #expect(line(#"queueflow_job_wait_seconds_bucket{priority="high",le="0.1"}"#)?.hasSuffix(" 1") ?? false)
        #expect(line(#"queueflow_job_run_seconds_bucket{type="email",le="0.005"}"#)?.contains(exemplar) ?? false)
        #expect(
            line(#"queueflow_job_end_to_end_seconds_bucket{priority="high",le="0.01"}"#)?.contains("\(exemplar) 0.006")
                ?? false
        )
        #expect(!(await text().contains("trace_id")))
    }

    @Test func jobsAreCountedWhateverOrderTheirTypesComeIn() async throws {
        let meters = JobMeters(registry: registry)
        meters.submitted(try ["a", "a", "b", "a", "c", "c"].map { try JobType($0) })
        meters.submitted([JobType]())
        let text = await text()
        for (type, count) in [("a", 3), ("b", 1), ("c", 2)] {
            #expect(text.contains(#"queueflow_jobs_submitted_total{type="\#(type)"} \#(count)"# + "\n"))
        }
    }

    /// However many types there are, the series are few, none loses anything, and all agree on which types they tell apart.
    @Test(arguments: [1, 7, 42] as [UInt64]) func manyTypesShareFewSeries(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let meters = JobMeters(registry: registry)
        var submitted: [String: Int] = [:]
        var ended: [String: Int] = [:]
        for _ in 0..<3_000 {
            let type = "type-\(Int.random(in: 0..<500, using: &generator))"
            if Bool.random(using: &generator) {
                submitted[type, default: 0] += 1
                meters.submitted([JobType(validated: type)])
            } else {
                ended[type, default: 0] += 1
                meters.ended(ends(.completed, .completed, type: type, runs: [1_000]))
            }
        }
        let text = await text()
        func values(_ name: String) -> [String: Int] {
            var values: [String: Int] = [:]
            for line in text.split(separator: "\n") where line.hasPrefix(name) {
                guard let match = line.firstMatch(of: #/type="([^"]+)"} (\d+)$/#) else { continue }
                values[String(match.1), default: 0] += Int(match.2) ?? 0
            }
            return values
        }
        let (told, done) = (values("queueflow_jobs_submitted_total"), values("queueflow_job_attempts_total"))
        #expect(told.count == 51 && Set(told.keys) == Set(done.keys), "seed \(seed)")
        #expect(told.values.reduce(0, +) == submitted.values.reduce(0, +), "seed \(seed)")
        #expect(done.values.reduce(0, +) == ended.values.reduce(0, +), "seed \(seed)")
        for (type, count) in told where type != "_other" { #expect(count == submitted[type] ?? 0, "seed \(seed)") }
        for (type, count) in done where type != "_other" { #expect(count == ended[type] ?? 0, "seed \(seed)") }
        #expect(text.split(separator: "\n").count { !$0.hasPrefix("#") } < 51 * 30)
    }
}
