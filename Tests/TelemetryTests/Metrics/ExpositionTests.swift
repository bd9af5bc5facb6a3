import Telemetry
import Testing

@Suite struct ExpositionTests {
    private let registry = PrometheusRegistry()

    private func fill() {
        let jobs = "qf_jobs_total"
        registry.counter(jobs, help: "Jobs, by \"queue\".", labels: ["queue": "b"]).increment(by: 2)
        registry.counter(jobs, help: "", labels: ["queue": "a", "priority": "high"]).increment(by: 1.5)
        registry.gauge("qf_depth", help: "Back\\slash and\nbreak.").set(-2.5)
        let histogram = registry.histogram("qf_wait_seconds", help: "Wait.", buckets: HistogramBuckets([0.1, 1]))
        [0.05, 0.5, 5].forEach { histogram.observe($0) }
    }

    @Test func writesThePrometheusFormat() async {
        fill()
        #expect(
            await registry.text(.prometheus) == """
                # HELP qf_depth Back\\\\slash and\\nbreak.
                # TYPE qf_depth gauge
                qf_depth -2.5
                # HELP qf_jobs_total Jobs, by "queue".
                # TYPE qf_jobs_total counter
                qf_jobs_total{priority="high",queue="a"} 1.5
                qf_jobs_total{queue="b"} 2
                # HELP qf_wait_seconds Wait.
                # TYPE qf_wait_seconds histogram
                qf_wait_seconds_bucket{le="0.1"} 1
                qf_wait_seconds_bucket{le="1"} 2
                qf_wait_seconds_bucket{le="+Inf"} 3
                qf_wait_seconds_sum 5.55
                qf_wait_seconds_count 3

                """
        )
    }

    @Test func writesOpenMetrics() async {
        fill()
        #expect(
            await registry.text(.openMetrics) == """
                # HELP qf_depth Back\\\\slash and\\nbreak.
                # TYPE qf_depth gauge
                qf_depth -2.5
                # HELP qf_jobs Jobs, by \\"queue\\".
                # TYPE qf_jobs counter
                qf_jobs_total{priority="high",queue="a"} 1.5
                qf_jobs_total{queue="b"} 2
                # HELP qf_wait_seconds Wait.
                # TYPE qf_wait_seconds histogram
                qf_wait_seconds_bucket{le="0.1"} 1
                qf_wait_seconds_bucket{le="1.0"} 2
                qf_wait_seconds_bucket{le="+Inf"} 3
                qf_wait_seconds_sum 5.55
                qf_wait_seconds_count 3
                # EOF

                """
        )
    }

    @Test func putsBucketLabelsAfterTheSeriesOwn() async {
        registry.histogram("h", help: "h", buckets: HistogramBuckets([1]), labels: ["queue": "a"]).observe(2)
        #expect(await registry.text().contains("h_bucket{queue=\"a\",le=\"1\"} 0\n"))
    }

    @Test func escapesLabelValues() async {
        registry.gauge("g", help: "g", labels: ["v": "a\"b\\c\nd\u{301}é\r\n"]).set(1)
        #expect(await registry.text().contains("g{v=\"a\\\"b\\\\c\\nd\u{301}é\r\\n\"} 1\n"))
    }

    @Test(arguments: [
        (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0, "0"), (-0.0, "-0"), (1e21, "1e+21"),
        (1e-7, "1e-07"), (0.1, "0.1"), (9_007_199_254_740_991, "9007199254740991"),
    ])
    func spellsNumbers(_ value: Double, _ text: String) async {
        registry.gauge("g", help: "g").set(value)
        #expect(await registry.text().contains("\ng \(text)\n"))
    }

    @Test func alwaysHasItsOwnCounters() async {
        let text = String(decoding: await registry.exposition(.prometheus), as: UTF8.self)
        #expect(text.contains("\ntelemetry_metric_conflicts_total 0\n"))
        #expect(text.contains("\ntelemetry_collector_failures_total 0\n"))
    }

    @Test func tooManyLabelSetsShareOneSeries() async {
        let registry = PrometheusRegistry(seriesLimit: 3)
        for number in 0..<10 {
            registry.counter("c_total", help: "c", labels: ["user": "\(number)"]).increment()
        }
        registry.counter("c_total", help: "c", labels: ["user": "1"]).increment()
        #expect(
            await registry.text() == """
                # HELP c_total c
                # TYPE c_total counter
                c_total{user="0"} 1
                c_total{user="1"} 2
                c_total{user="2"} 1
                c_total{user="_overflow"} 7

                """
        )
    }
}
