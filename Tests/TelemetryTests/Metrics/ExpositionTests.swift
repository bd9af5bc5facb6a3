import Telemetry
import Testing

@Suite struct ExpositionTests {
    private let registry = PrometheusRegistry()

    private func fill() {
        let jobs = "queueflow_jobs_total"
        registry.counter(.counter(jobs, help: "Jobs, by \"queue\"."), labels: ["queue": "b"]).increment(by: 2)
        registry.counter(.counter(jobs, help: ""), labels: ["queue": "a", "priority": "high"]).increment(by: 1.5)
        registry.gauge(.gauge("queueflow_depth", help: "Back\\slash and\nbreak.")).set(-2.5)
        let histogram = registry.histogram(
            .histogram("queueflow_wait_seconds", help: "Wait.", buckets: HistogramBuckets([0.1, 1]))
        )
        [0.05, 0.5, 5].forEach { histogram.observe($0) }
    }

    @Test func writesThePrometheusFormat() async {
        fill()
        #expect(
            await registry.text(.prometheus) == """
                # HELP queueflow_depth Back\\\\slash and\\nbreak.
                # TYPE queueflow_depth gauge
                queueflow_depth -2.5
                # HELP queueflow_jobs_total Jobs, by "queue".
                # TYPE queueflow_jobs_total counter
                queueflow_jobs_total{priority="high",queue="a"} 1.5
                queueflow_jobs_total{queue="b"} 2
                # HELP queueflow_wait_seconds Wait.
                # TYPE queueflow_wait_seconds histogram
                queueflow_wait_seconds_bucket{le="0.1"} 1
                queueflow_wait_seconds_bucket{le="1"} 2
                queueflow_wait_seconds_bucket{le="+Inf"} 3
                queueflow_wait_seconds_sum 5.55
                queueflow_wait_seconds_count 3

                """
        )
    }

    @Test func writesOpenMetrics() async {
        fill()
        #expect(
            await registry.text(.openMetrics) == """
                # HELP queueflow_depth Back\\\\slash and\\nbreak.
                # TYPE queueflow_depth gauge
                queueflow_depth -2.5
                # HELP queueflow_jobs Jobs, by \\"queue\\".
                # TYPE queueflow_jobs counter
                queueflow_jobs_total{priority="high",queue="a"} 1.5
                queueflow_jobs_total{queue="b"} 2
                # HELP queueflow_wait_seconds Wait.
                # TYPE queueflow_wait_seconds histogram
                # UNIT queueflow_wait_seconds seconds
                queueflow_wait_seconds_bucket{le="0.1"} 1
                queueflow_wait_seconds_bucket{le="1.0"} 2
                queueflow_wait_seconds_bucket{le="+Inf"} 3
                queueflow_wait_seconds_sum 5.55
                queueflow_wait_seconds_count 3
                # EOF

                """
        )
    }

    @Test func putsBucketLabelsAfterTheSeriesOwn() async {
        registry.histogram(.histogram("h", help: "h", buckets: HistogramBuckets([1])), labels: ["queue": "a"]).observe(
            2
        )
        #expect(await registry.text().contains("h_bucket{queue=\"a\",le=\"1\"} 0\n"))
    }

    @Test func escapesLabelValues() async {
        registry.gauge(.gauge("g", help: "g"), labels: ["v": "a\"b\\c\nd\u{301}é\r\n"]).set(1)
        #expect(await registry.text().contains("g{v=\"a\\\"b\\\\c\\nd\u{301}é\r\\n\"} 1\n"))
    }

    @Test(arguments: [
        (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0, "0"), (-0.0, "-0"), (1e21, "1e+21"),
        (1e-7, "1e-07"), (0.1, "0.1"), (9_007_199_254_740_991, "9007199254740991"),
    ])
    func spellsNumbers(_ value: Double, _ text: String) async {
        registry.gauge(.gauge("g", help: "g")).set(value)
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
            registry.counter(.counter("c_total", help: "c"), labels: ["user": "\(number)"]).increment()
        }
        registry.counter(.counter("c_total", help: "c"), labels: ["user": "1"]).increment()
        #expect(
            await registry.text() == """
                # HELP c_total c
                # TYPE c_total counter
                c_total{user="0"} 1
                c_total{user="1"} 2
                c_total{user="2"} 1
                c_total{user="_other"} 7

                """
        )
    }
}
