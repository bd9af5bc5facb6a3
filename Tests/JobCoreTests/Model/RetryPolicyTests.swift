import JobCore
import TestSupport
import Testing

@Suite struct RetryPolicyTests {
    @Test func growsAsItsStrategySays() {
        var generator = SeededGenerator(seed: 1)
        func delays(_ policy: RetryPolicy) -> [Duration] {
            (1...4).map { policy.delay(afterAttempt: $0, using: &generator) }
        }
        #expect(delays(RetryPolicy(jitter: false)) == [.seconds(2), .seconds(4), .seconds(8), .seconds(16)])
        #expect(
            delays(RetryPolicy(strategy: .linear, base: 3, jitter: false))
                == [.seconds(3), .seconds(6), .seconds(9), .seconds(12)]
        )
        #expect(
            delays(RetryPolicy(strategy: .fixed, base: 1.5, jitter: false))
                == Array(repeating: .milliseconds(1_500), count: 4)
        )
    }

    @Test func isCappedHoweverManyAttempts() {
        var generator = SeededGenerator(seed: 1)
        let policy = RetryPolicy(jitter: false)
        #expect(policy.delay(afterAttempt: 13, using: &generator) == .seconds(3600))
        #expect(policy.delay(afterAttempt: .max, using: &generator) == .seconds(3600))
    }

    @Test func fullJitterCoversTheWholeDelayEvenly() {
        var generator = SeededGenerator(seed: 7)
        let seconds = (0..<10_000).map { _ in
            Double(RetryPolicy.default.delay(afterAttempt: 3, using: &generator) / .milliseconds(1)) / 1000
        }
        #expect(seconds.allSatisfy { (0...8).contains($0) })
        let mean = seconds.reduce(0, +) / 10_000
        #expect((3.9...4.1).contains(mean))
        #expect(seconds.contains { $0 < 0.1 } && seconds.contains { $0 > 7.9 })
    }
}
