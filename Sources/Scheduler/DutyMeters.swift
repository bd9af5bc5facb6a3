import Foundation
import Metrics
import Platform

/// What metrics tell of a duty's rounds.
struct DutyMeters: Sendable {
    private let lastRound: Gauge
    private let duration: Metrics.Timer
    private let failures: Counter

    /// Meters of the duty of that name.
    init(_ duty: String) {
        let labels = [("duty", duty.replacing(" ", with: "_"))]
        lastRound = Gauge(.schedulerLastRoundTimestamp, labels)
        duration = Metrics.Timer(.schedulerRoundDuration, labels)
        failures = Counter(.schedulerRoundFailures, labels)
        lastRound.record(0)
    }

    /// Goes round once.
    func measure<Result>(_ round: () async throws -> Result) async throws -> Result {
        let start = ContinuousClock.now
        do {
            let result = try await round()
            duration.record(duration: start.duration(to: .now))
            lastRound.record(Date().timeIntervalSince1970)
            return result
        } catch {
            if !(error is CancellationError) { failures.increment() }
            throw error
        }
    }
}
