import Concurrency
import Logging
import Postgres
import Synchronization
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

/// What a job-service knows of tenants.
@Suite(.timeLimit(.minutes(1))) struct TenantDirectoryTests {
    /// What is on record, and when it is handed over.
    private final class Record: Sendable {
        let isSuspended = Mutex(false)
        let reads = Mutex(0)
        /// What the first who reads waits for before it has what it read.
        let first = Latch()
        let closed = Mutex<[Set<TenantName>]>([])

        func read() async -> [TenantName: TenantStanding] {
            let (number, isSuspended) = (
                reads.withLock {
                    $0 += 1; return $0
                }, isSuspended.withLock(\.self)
            )
            if number == 1 { await first.wait() }
            return isSuspended ? [.default: TenantStanding(state: .suspended, ownLimits: [:])] : [:]
        }
    }

    /// Whoever reads late does not undo what was read meanwhile: neither here nor with who is told.
    @Test func whatIsReadLaterHolds() async throws {
        let record = Record()
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let directory = TenantDirectory(
            usual: TenantLimits(),
            read: { await record.read() },
            listener: PostgresListener(
                configuration: try PostgresConfiguration(url: "postgres://a:b@127.0.0.1:9/c"),
                channels: ["c"],
                logger: logger
            ),
            logger: logger
        ) { closed, _ in
            record.closed.withLock { $0.append(closed) }
        }
        async let slow: Void = directory.load()
        while record.reads.withLock({ $0 == 0 }) { await Task.yield() }
        record.isSuspended.withLock { $0 = true }
        async let quick: Void = directory.load()
        // Time enough for the second one, if it does not wait for the first.
        for _ in 0..<1_000 { await Task.yield() }
        record.first.open()
        _ = try await (slow, quick)
        #expect(directory.state(of: .default) == .suspended)
        #expect(record.closed.withLock(\.self) == [[.default]])
    }
}
