import Platform
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct CircuitBreakerTests {
    private struct Broken: Error {}
    private struct Refusal: Error {}

    /// A clock that stands still until it is moved.
    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    private func breaker(_ clock: Clock) -> CircuitBreaker {
        CircuitBreaker(
            "test",
            settings: .init(failuresToOpen: 2, successesToClose: 1, firstOpening: .seconds(1)),
            now: { clock.now }
        )
    }

    private func fail(_ breaker: CircuitBreaker, with error: any Error & Sendable) async {
        _ = try? await breaker.run(isFailure: { $0 is Broken }) { () async throws -> Int in throw error }
    }

    @Test func anOpenCircuitRefusesWithoutCallingAndATrialClosesIt() async throws {
        let clock = Clock()
        let breaker = breaker(clock)
        let calls = Mutex(0)
        await fail(breaker, with: Broken())
        await fail(breaker, with: Broken())
        let refusal = await #expect(throws: CircuitOpen.self) {
            try await breaker.run(isFailure: { _ in true }) { calls.withLock { $0 += 1 } }
        }
        #expect(refusal?.retryAfter == .seconds(1))
        #expect(calls.withLock { $0 } == 0)
        #expect(throws: NotReady.self) { try breaker.check() }

        clock.advance(by: .seconds(1))
        // Whoever sends the trial must be let near.
        try breaker.check()
        let answer = try await breaker.run(isFailure: { _ in true }) { 42 }
        #expect(answer == 42)
        #expect(breaker.phase == .closed(failures: 0))
    }

    @Test func whatIsAnAnswerOrACancellationDoesNotOpenIt() async throws {
        let breaker = breaker(Clock())
        for _ in 0..<5 {
            await fail(breaker, with: Broken())
            await fail(breaker, with: Refusal())
        }
        #expect(breaker.phase == .closed(failures: 0))
        for _ in 0..<5 { await fail(breaker, with: CancellationError()) }
        #expect(breaker.phase == .closed(failures: 0))
    }

    @Test func aCallThatTakesTooLongIsCancelledAndOpensIt() async throws {
        let breaker = breaker(Clock())
        let wasCancelled = Mutex(false)
        await #expect(throws: CallTooLate.self) {
            try await breaker.run(limit: .milliseconds(20), isFailure: { _ in true }) {
                do {
                    try await Task.sleep(for: .seconds(50))
                } catch {
                    wasCancelled.withLock { $0 = true }
                }
            }
        }
        #expect(wasCancelled.withLock { $0 })
        await #expect(throws: CircuitOpen.self) { try await breaker.run(isFailure: { _ in true }) {} }
    }
}
