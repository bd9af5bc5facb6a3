import Testing

@testable import GRPC

@Suite struct RetryTests {
    @Test func backoffGrowsToItsMaximumWithinItsJitter() {
        let backoff = BackoffConfiguration()
        var generator = SeededGenerator()
        for (failures, seconds) in [(1, 1.0), (2, 1.6), (3, 2.56), (11, 109.951), (12, 120), (1_000_000, 120)] {
            for _ in 0..<100 {
                let delay = backoff.delay(afterFailures: failures, using: &generator) / .seconds(1)
                #expect((seconds * 0.7999...seconds * 1.2001).contains(delay), "seed \(generator.seed)")
            }
        }
    }

    /// gRPC A6: retries stop when half of the tokens are gone, and successes bring them back.
    @Test func budgetStopsRetriesAtHalf() {
        let budget = RetryBudget(policy: RetryPolicy(budget: 10, budgetPerSuccess: 0.5))
        #expect((0..<4).allSatisfy { _ in budget.failed() })
        #expect(!budget.failed())
        for _ in 0..<4 { budget.succeeded() }
        #expect(budget.failed())
        #expect(!budget.failed())
    }
}
