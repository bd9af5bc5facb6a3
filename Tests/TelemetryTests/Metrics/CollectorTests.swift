import Synchronization
import Telemetry
import Testing

@Suite struct CollectorTests {
    private struct Failure: Error {}

    private let registry = PrometheusRegistry()
    private let depth = MetricDescription.gauge("depth", help: "Depth.")
    private let moved = MetricDescription.counter("moved_total", help: "Moved.")

    @Test func writesWhatACollectorFinds() async {
        registry.collect([depth, moved]) { [depth, moved] in
            [
                depth.sample(3, labels: ["queue": "b"]),
                depth.sample(1, labels: ["queue": "a"]),
                depth.sample(2, labels: ["queue": "a"]),
                moved.sample(4.5),
            ]
        }
        #expect(
            await registry.text(.openMetrics) == """
                # HELP depth Depth.
                # TYPE depth gauge
                depth{queue="a"} 2
                depth{queue="b"} 3
                # HELP moved Moved.
                # TYPE moved counter
                moved_total 4.5
                # EOF

                """
        )
    }

    @Test func aFailingCollectorIsLeftOutAndCounted() async {
        registry.collect([depth]) { throw Failure() }
        registry.collect([moved]) { [moved] in [moved.sample(1)] }
        let text = String(decoding: await registry.exposition(.prometheus), as: UTF8.self)
        #expect(!text.contains("depth"))
        #expect(text.contains("moved_total 1\n"))
        #expect(text.contains("telemetry_collector_failures_total 1\n"))
    }

    @Test(.timeLimit(.minutes(1)))
    func aHangingCollectorHoldsNothingUpAndIsNotStartedTwice() async {
        let starts = Atomic(0)
        let (release, releaser) = AsyncStream.makeStream(of: Void.self)
        registry.collect([depth], within: .milliseconds(10)) { [depth] in
            starts.add(1, ordering: .relaxed)
            // A task of its own, so that being cancelled does not end the wait.
            await Task { for await _ in release {} }.value
            return [depth.sample(1)]
        }
        for _ in 0..<3 {
            #expect(await registry.text() == "")
        }
        #expect(starts.load(ordering: .relaxed) == 1)
        releaser.finish()
    }

    @Test func aCollectorsNamesAreItsOwn() async {
        await #expect(processExitsWith: .failure) {
            let registry = PrometheusRegistry()
            _ = registry.gauge(.gauge("depth", help: ""))
            registry.collect([.gauge("depth", help: "")]) { [] }
        }
    }
}
