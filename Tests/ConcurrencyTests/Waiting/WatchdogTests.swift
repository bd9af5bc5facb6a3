import Synchronization
import Testing

@testable import Concurrency

@Suite(.timeLimit(.minutes(1))) struct WatchdogTests {
    @Test func whatTakesTooLongIsEndedOnceAndNotBeforeItsTime() async throws {
        let watchdog = Watchdog()
        let began = ContinuousClock.now
        let (ends, end) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
        let watch = watchdog.watch(for: .milliseconds(30)) { end.yield(.now) }
        var iterator = ends.makeAsyncIterator()
        let endedAt = try #require(await iterator.next())
        #expect(began.duration(to: endedAt) >= .milliseconds(30))
        #expect(!watch.end())
        try await Task.sleep(for: Watchdog.interval * 2)
        end.finish()
        #expect(await iterator.next() == nil)
    }

    @Test func whatEndsInTimeIsLeftAlone() async throws {
        let watchdog = Watchdog()
        let late = Mutex(0)
        let watches = (0..<100).map { _ in watchdog.watch(for: .milliseconds(10)) { late.withLock { $0 += 1 } } }
        #expect(watches.allSatisfy { $0.end() })
        try await Task.sleep(for: Watchdog.interval * 3)
        #expect(late.withLock { $0 } == 0)
    }

    @Test func itLooksAgainAfterAPause() async throws {
        let watchdog = Watchdog()
        for _ in 0..<3 {
            let (ends, end) = AsyncStream.makeStream(of: Void.self)
            _ = watchdog.watch(for: .milliseconds(1)) { end.yield() }
            for await _ in ends { break }
            // Nothing is watched, so it stops to look.
            try await Task.sleep(for: Watchdog.interval * 2)
        }
    }
}
