import Telemetry

extension PrometheusRegistry {
    /// The exposition as text, without the registry's counters about itself.
    func text(_ format: ExpositionFormat = .prometheus) async -> String {
        String(decoding: await exposition(format), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("telemetry_") }
            .joined(separator: "\n")
    }
}
