import CoreMetrics
import Telemetry
import Testing

@Suite struct MetricsFactoryTests {
    private let registry = PrometheusRegistry(
        catalogue: [.histogram("batch_size", help: "Items.", buckets: HistogramBuckets([10]))],
        defaultBuckets: HistogramBuckets([0.25, 1])
    )

    @Test func takesInEveryKind() async {
        Counter(label: "hb.requests", dimensions: [("http.method", "GET")], factory: registry).increment(by: 2)
        FloatingPointCounter(label: "busy-seconds", factory: registry).increment(by: 0.5)
        Gauge(label: "temperature", factory: registry).record(21.5)
        let meter = Meter(label: "level", factory: registry)
        meter.increment(by: 3)
        meter.decrement(by: 1)
        Recorder(label: "batch_size", factory: registry).record(12)
        Timer(label: "request.duration", factory: registry).recordMilliseconds(500)
        #expect(
            await registry.text() == """
                # HELP batch_size Items.
                # TYPE batch_size histogram
                batch_size_bucket{le="10"} 0
                batch_size_bucket{le="+Inf"} 1
                batch_size_sum 12
                batch_size_count 1
                # HELP busy_seconds_total busy-seconds
                # TYPE busy_seconds_total counter
                busy_seconds_total 0.5
                # HELP hb_requests_total hb.requests
                # TYPE hb_requests_total counter
                hb_requests_total{http_method="GET"} 2
                # HELP level level
                # TYPE level gauge
                level 2
                # HELP request_duration_seconds request.duration
                # TYPE request_duration_seconds histogram
                request_duration_seconds_bucket{le="0.25"} 0
                request_duration_seconds_bucket{le="1"} 1
                request_duration_seconds_bucket{le="+Inf"} 1
                request_duration_seconds_sum 0.5
                request_duration_seconds_count 1
                # HELP temperature temperature
                # TYPE temperature gauge
                temperature 21.5

                """
        )
    }

    @Test func makesNamesValid() async {
        Counter(label: "9 lives/\u{1F431}", dimensions: [("le", "a"), ("__x", "b"), ("", "c")], factory: registry)
            .increment()
        #expect(await registry.text().contains(##"_9_lives______total{_="c",label_le="a",label_x="b"} 1"##))
    }

    @Test func leavesOutWhatHasATakenName() async {
        Counter(label: "thing", factory: registry).increment()
        Gauge(label: "thing", factory: registry).record(5)
        let text = String(decoding: await registry.exposition(.prometheus), as: UTF8.self)
        #expect(text.contains("thing_total 1\n"))
        #expect(!text.contains("\nthing 5"))
        #expect(text.contains("telemetry_metric_conflicts_total 1\n"))
    }

    @Test func forgetsWhatIsDestroyed() async {
        let counter = Counter(label: "a", dimensions: [("x", "1")], factory: registry)
        counter.increment()
        Counter(label: "a", dimensions: [("x", "2")], factory: registry).increment()
        let timer = Timer(label: "t", factory: registry)
        let gauge = Gauge(label: "g", factory: registry)
        let meter = Meter(label: "m", factory: registry)
        let fraction = FloatingPointCounter(label: "f", factory: registry)
        counter.destroy()
        timer.destroy()
        gauge.destroy()
        meter.destroy()
        fraction.destroy()
        #expect(
            await registry.text() == """
                # HELP a_total a
                # TYPE a_total counter
                a_total{x="2"} 1

                """
        )
        Counter(label: "a", dimensions: [("x", "1")], factory: registry).increment(by: 7)
        #expect(
            await registry.text().contains("a_total{x=\"1\"} 7\n"),
            "A destroyed counter that comes back starts at zero."
        )
    }

    @Test func forgetsNothingButWhatIsDestroyed() async {
        Gauge(label: "other", factory: registry).record(1)
        let first = Counter(label: "a", factory: registry)
        first.destroy()
        Counter(label: "a", factory: registry).increment(by: 7)
        first.destroy()
        let text = await registry.text()
        #expect(text.contains("a_total 7\n"))
        #expect(text.contains("other 1\n"))
    }
}
