import Concurrency
import Testing

struct BackoffTests {
    @Test func growsToItsLongestWithinItsJitter() {
        let backoff = Backoff(first: .seconds(1), longest: .seconds(120), factor: 1.6, jitter: 0.8...1.2)
        for (failures, seconds) in [(1, 1.0), (2, 1.6), (3, 2.56), (11, 109.951), (12, 120), (1_000_000, 120)] {
            for (place, part) in [(0, 0.8), (0.5, 1), (1, 1.2)] {
                let delay = backoff.delay(afterFailures: failures, at: place) / .seconds(1)
                #expect(abs(delay - seconds * part) < 0.001)
            }
            let drawn = backoff.delay(afterFailures: failures) / .seconds(1)
            #expect((seconds * 0.7999...seconds * 1.2001).contains(drawn))
        }
    }

    @Test func doublesFromFailureToFailureUntilOneGoesWell() {
        var backoff = Backoff(first: .milliseconds(50), longest: .milliseconds(300), jitter: 1...1)
        #expect((0..<5).map { _ in backoff.next() } == [50, 100, 200, 300, 300].map { .milliseconds($0) })
        backoff.reset()
        #expect(backoff.next() == .milliseconds(50))
    }

    @Test func isDrawnFromTheUpperHalfUnlessToldOtherwise() {
        var backoff = Backoff(first: .seconds(2), longest: .seconds(2))
        #expect(backoff.next(at: 0) == .seconds(1))
        #expect(backoff.next(at: 1) == .seconds(2))
    }
}
