import Logging
import Platform
import Synchronization
import Testing

@testable import Scheduler

@Suite(.timeLimit(.minutes(1))) struct PeriodicDutyTests {
    private struct Failed: Error {}

    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a duty until a round says that it was the last one that is looked for.
    private func run(
        every interval: Duration,
        until isLast: @escaping @Sendable (_ round: Int) -> Bool,
        _ round: @escaping @Sendable (_ round: Int) throws -> Bool
    ) async throws -> (rounds: Int, duty: PeriodicDuty) {
        let count = Mutex(0)
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        let duty = PeriodicDuty("d", every: interval, logger: logger) {
            let number = count.withLock { count in
                count += 1
                return count
            }
            defer { if isLast(number) { reach.finish() } }
            return try round(number)
        }
        let running = Task { try await duty.run() }
        for await _ in reached {}
        running.cancel()
        try await running.value
        return (count.withLock { $0 }, duty)
    }

    @Test func itGoesOnAtOnceWhileThereIsMoreToDoAndRestsThen() async throws {
        let (rounds, duty) = try await run(every: .seconds(3_600), until: { $0 == 4 }) { $0 < 4 }
        #expect(rounds == 4)
        #expect(throws: Never.self) { try duty.health.check() }
    }

    @Test func aRoundThatFailsIsTriedAgain() async throws {
        let (rounds, duty) = try await run(every: .milliseconds(1), until: { $0 == 4 }) { number in
            if number < 4 { throw Failed() }
            return false
        }
        #expect(rounds >= 4)
        #expect(throws: Never.self) { try duty.health.check() }
    }

    @Test func aDutyThatNeverGoesRoundIsNotReady() async throws {
        let (_, duty) = try await run(every: .milliseconds(1), until: { $0 == 3 }) { _ in throw Failed() }
        #expect(throws: NotReady.self) { try duty.health.check() }
    }
}
