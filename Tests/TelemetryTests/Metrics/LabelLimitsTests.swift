import Telemetry
import TestSupport
import Testing

@Suite struct LabelLimitsTests {
    @Test func theFirstValuesStandForThemselves() {
        let limits = LabelLimits(["type": 2])
        #expect(
            ["a", "b", "c", "a", "_other", "d"].map { limits.value($0, of: "type") } == [
                "a", "b", "_other", "a", "_other", "_other",
            ]
        )
        #expect((0..<100).allSatisfy { limits.value("\($0)", of: "queue") == "\($0)" })
    }

    /// Whatever comes in whatever metric: no more values than allowed, the same ones everywhere, and nothing uncounted.
    @Test(arguments: [3, 11, 99] as [UInt64]) func countersLoseNothing(seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        let limit = Int.random(in: 1...20, using: &generator)
        let registry = PrometheusRegistry(limits: ["type": limit])
        var counts = [0, 0]
        for _ in 0..<2_000 {
            let (metric, type) = (Int.random(in: 0...1, using: &generator), Int.random(in: 0..<60, using: &generator))
            registry.counter(.counter("c\(metric)_total", help: "c"), labels: ["type": "\(type)", "x": "y"]).increment()
            counts[metric] += 1
        }
        let text = await registry.text()
        var types: [Set<Substring>] = [[], []]
        var sums = [0, 0]
        for match in text.matches(of: #/c(\d)_total{type="([^"]+)",x="y"} (\d+)/#) {
            types[Int(match.1) ?? 0].insert(match.2)
            sums[Int(match.1) ?? 0] += Int(match.3) ?? 0
        }
        #expect(sums == counts, "seed \(seed)")
        #expect(types[0].union(types[1]).count == limit + 1, "seed \(seed)")
    }

    @Test func exemplarsAreOfSampledTracesAndWrittenInOpenMetricsOnly() async throws {
        let registry = PrometheusRegistry()
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"
        let (sampled, other) = (
            try #require(TraceContext(traceparent: parent + "1")), TraceContext(traceparent: parent + "0")
        )
        let histogram = registry.histogram(.histogram("h_seconds", help: "h", buckets: HistogramBuckets([1, 10])))
        histogram.observe(0.5, of: other)
        histogram.observe(3, of: sampled)
        let counter = registry.counter(.counter("c_total", help: "c"))
        counter.increment(of: other)
        counter.increment(of: sampled)
        let lines = await registry.text(.openMetrics).split(separator: "\n").map(String.init)
        let exemplar = #"# {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"}"#
        #expect(lines.contains(#"h_seconds_bucket{le="1.0"} 1"#))
        #expect(lines.contains { $0.hasPrefix(#"h_seconds_bucket{le="10.0"} 2 \#(exemplar) 3 1"#) })
        #expect(lines.contains { $0.hasPrefix("c_total 2 \(exemplar) 1 1") })
        #expect(lines.count { $0.contains("trace_id") } == 2)
        #expect(!(await registry.text().contains("trace_id")))
    }

    @Test func aSummaryHasASumAndACount() async {
        let registry = PrometheusRegistry(catalogue: [.summary("s_seconds", help: "s", labels: ["x"])])
        let description = MetricDescription.summary("found_seconds", help: "f")
        registry.summary(.summary("s_seconds", help: "s"), labels: ["x": "1"]).observe(0.25)
        registry.collect([description]) { [description.sample(sum: 1.5, count: 3)] }
        #expect(
            await registry.text(.openMetrics) == """
                # HELP s_seconds s
                # TYPE s_seconds summary
                # UNIT s_seconds seconds
                s_seconds_sum{x="1"} 0.25
                s_seconds_count{x="1"} 1
                # HELP found_seconds f
                # TYPE found_seconds summary
                # UNIT found_seconds seconds
                found_seconds_sum 1.5
                found_seconds_count 3
                # EOF

                """
        )
    }
}
