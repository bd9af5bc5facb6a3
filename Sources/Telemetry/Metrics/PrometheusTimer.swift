import CoreMetrics

/// swift-metrics' `Timer` on a histogram of seconds.
final class PrometheusTimer: TimerHandler {
    let histogram: PrometheusHistogram

    init(_ histogram: PrometheusHistogram) {
        self.histogram = histogram
    }

    func recordNanoseconds(_ duration: Int64) {
        histogram.observe(Double(duration) / 1_000_000_000)
    }
}
