import Telemetry
import TestSupport
import Testing

@Suite struct MetricHandleTests {
    private let registry = PrometheusRegistry()

    @Test func aCounterAddsUpWhateverItsTasksDo() async {
        let counter = registry.counter(.counter("c_total", help: "c"))
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5_000 {
                        counter.increment()
                        counter.increment(by: 0.5)
                    }
                }
            }
        }
        #expect(counter.value == 60_000)
    }

    @Test func aCounterNeverGoesDown() {
        let counter = registry.counter(.counter("c_total", help: "c"))
        counter.increment(by: 3)
        counter.increment(by: -1)
        counter.increment(by: -0.5)
        counter.increment(by: .nan)
        counter.increment(by: .infinity)
        #expect(counter.value == 3)
        counter.reset()
        #expect(counter.value == 0)
    }

    @Test func aGaugeAddsUpWhateverItsTasksDo() async {
        let gauge = registry.gauge(.gauge("g", help: "g"))
        gauge.set(100)
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5_000 {
                        gauge.increment()
                        gauge.decrement(by: 0.5)
                    }
                }
            }
        }
        #expect(gauge.value == 20_100)
    }

    @Test func aHistogramCountsAValueOnABoundInItsBucket() async {
        let histogram = registry.histogram(.histogram("h", help: "h", buckets: HistogramBuckets([-1, 0.5, 1])))
        for value in [-2, -1, 0.5, 0.500_001, 1, 1.1, .infinity, -.infinity] {
            histogram.observe(value)
        }
        histogram.observe(.nan)
        #expect(histogram.count == 8)
        let text = await registry.text()
        #expect(text.contains(#"h_bucket{le="-1"} 3"#))
        #expect(text.contains(#"h_bucket{le="0.5"} 4"#))
        #expect(text.contains(#"h_bucket{le="1"} 6"#))
        #expect(text.contains(#"h_bucket{le="+Inf"} 8"#))
        #expect(text.contains("h_count 8"))
    }

    @Test(arguments: [1, 99] as [UInt64])
    func aHistogramAgreesWithCountingOneByOne(seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        let bounds = Set((0..<40).map { _ in Double.random(in: 0..<100, using: &generator) }).sorted()
        let histogram = registry.histogram(.histogram("h", help: "h", buckets: HistogramBuckets(bounds)))
        let values = (0..<1_000).map { _ in Double.random(in: -10..<120, using: &generator) } + bounds
        values.forEach { histogram.observe($0) }
        let text = await registry.text()
        for bound in bounds {
            let expected = values.count { $0 <= bound }
            #expect(text.contains("h_bucket{le=\"\(bound)\"} \(expected)\n"), "seed \(seed)")
        }
    }

    @Test func aHistogramTakesDurationsInSeconds() {
        let histogram = registry.histogram(.histogram("h", help: "h", buckets: .latency))
        histogram.observe(.milliseconds(1_500))
        histogram.observe(.nanoseconds(500))
        #expect(abs(histogram.sum - 1.500_000_5) < 1e-12)
    }

    @Test func theSameMetricIsTheSameHandle() {
        let first = registry.counter(.counter("c_total", help: "c"), labels: ["queue": "a", "kind": "b"])
        let second = registry.counter(.counter("c_total", help: "ignored"), labels: ["kind": "b", "queue": "a"])
        let other = registry.counter(.counter("c_total", help: "c"), labels: ["queue": "a", "kind": "c"])
        #expect(first === second)
        #expect(first !== other)
    }

    @Test func exponentialBucketsGrowByTheirFactor() {
        #expect(HistogramBuckets.exponential(start: 1, factor: 2, count: 4).upperBounds == [1, 2, 4, 8])
    }

    @Test func mistakesInTheProgramStopIt() async {
        await #expect(processExitsWith: .failure) { _ = PrometheusRegistry().counter(.counter("jobs", help: "")) }
        await #expect(processExitsWith: .failure) { _ = PrometheusRegistry().gauge(.gauge("queue-depth", help: "")) }
        await #expect(processExitsWith: .failure) { _ = PrometheusRegistry().gauge(.gauge("", help: "")) }
        await #expect(processExitsWith: .failure) { _ = MetricLabels([("le", "1")]) }
        await #expect(processExitsWith: .failure) { _ = MetricLabels([("__name", "1")]) }
        await #expect(processExitsWith: .failure) { _ = MetricLabels([("a", "1"), ("a", "2")]) }
        await #expect(processExitsWith: .failure) { _ = HistogramBuckets([1, 1]) }
        await #expect(processExitsWith: .failure) { _ = HistogramBuckets([]) }
        await #expect(processExitsWith: .failure) {
            let registry = PrometheusRegistry()
            _ = registry.counter(.counter("jobs_total", help: ""))
            _ = registry.gauge(.gauge("jobs", help: ""))
        }
        await #expect(processExitsWith: .failure) {
            let registry = PrometheusRegistry()
            _ = registry.histogram(.histogram("time", help: "", buckets: .latency))
            _ = registry.histogram(.histogram("time", help: "", buckets: .jobDuration))
        }
    }
}
