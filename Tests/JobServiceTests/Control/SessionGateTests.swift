import Concurrency
import GRPC
import Synchronization
import Testing

@testable import JobCore
@testable import JobService

/// Workers that come by the thousand.
@Suite(.timeLimit(.minutes(1))) struct SessionGateTests {
    private static let (ours, theirs) = (TenantName(validated: "ours"), TenantName(validated: "theirs"))

    /// Opens a session and ends it.
    private static func open(_ gate: SessionGate, _ tenant: TenantName?) async throws {
        try await gate.run(of: tenant, opening: {}, { _ in })
    }

    private static func isRefused(_ gate: SessionGate, _ tenant: TenantName?) async throws -> Bool {
        do {
            try await open(gate, tenant)
            return false
        } catch let error as GRPCError {
            #expect(error.code == .resourceExhausted)
            return true
        }
    }

    @Test func aTenantHasSoManySessionsAndLeavesRoomForOthers() async throws {
        let gate = SessionGate(limits: .init(sessionsOfTenant: 3))
        let held = Latch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (opened, isOpen) = AsyncStream.makeStream(of: Void.self)
            for _ in 0..<3 {
                group.addTask {
                    try await gate.run(of: Self.ours, opening: { isOpen.yield() }, { _ in await held.wait() })
                }
            }
            var waiting = opened.makeAsyncIterator()
            for _ in 0..<3 { await waiting.next() }
            #expect(try await Self.isRefused(gate, Self.ours))
            #expect(try await !Self.isRefused(gate, Self.theirs))
            #expect(try await !Self.isRefused(gate, nil))
            held.open()
            try await group.waitForAll()
        }
        #expect(try await !Self.isRefused(gate, Self.ours), "those that have ended leave their place")
    }

    @Test func aTenantsWorkersComeWithSoManyNames() async throws {
        let gate = SessionGate(limits: .init(namesOfTenant: 100))
        let isRefused: @Sendable (TenantName?, Int) async throws -> Bool = { tenant, names in
            do {
                try await gate.run(of: tenant, naming: names, opening: {}, { _ in })
                return false
            } catch let error as GRPCError {
                #expect(error.code == .resourceExhausted && error.message.contains("names"))
                return true
            }
        }
        try await gate.run(of: Self.ours, naming: 60, opening: {}) { _ in
            let tries: [(TenantName?, Int)] = [(Self.ours, 41), (Self.ours, 40), (Self.theirs, 100), (nil, 1_000)]
            var refused: [Bool] = []
            for (tenant, names) in tries { refused.append(try await isRefused(tenant, names)) }
            #expect(refused == [true, false, false, false], "the installation's own may name as many as they like")
        }
        #expect(try await !isRefused(Self.ours, 100))
        #expect(try await isRefused(Self.ours, 101))
    }

    @Test func aTenantOpensSoManyInAWhile() async throws {
        let clock = Mutex(ContinuousClock.now)
        let gate = SessionGate(limits: .init(burst: 5, perSecond: 2)) { clock.withLock { $0 } }
        for _ in 0..<5 { #expect(try await !Self.isRefused(gate, Self.ours)) }
        #expect(try await Self.isRefused(gate, Self.ours))
        #expect(try await !Self.isRefused(gate, Self.theirs))
        for _ in 0..<20 {
            #expect(try await !Self.isRefused(gate, nil), "the installation's own may come as they like")
        }
        clock.withLock { $0 += .seconds(1) }
        for _ in 0..<2 { #expect(try await !Self.isRefused(gate, Self.ours)) }
        #expect(try await Self.isRefused(gate, Self.ours))
    }

    /// Each waits its turn; a tenant takes no more than its share of the line, and who gives up leaves it.
    @Test func sessionsAreOpenedOneAfterTheOther() async throws {
        let gate = SessionGate(limits: .init(waiting: 4, waitingOfTenant: 2))
        let first = Latch()
        let (turns, turn) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (opened, isOpen) = AsyncStream.makeStream(of: Void.self)
            group.addTask {
                let open: @Sendable () async -> Void = {
                    isOpen.finish()
                    await first.wait()
                }
                try await gate.run(of: nil, opening: open, { _ in })
            }
            for await _ in opened {}
            for number in 0..<3 {
                let tenant = number < 2 ? Self.ours : Self.theirs
                group.addTask {
                    try await gate.run(of: tenant, opening: { turn.yield(number) }, { _ in })
                }
                while gate.waiting <= number { await Task.yield() }
            }
            #expect(try await Self.isRefused(gate, Self.ours), "two of it wait")
            let patient = Task { try await Self.open(gate, nil) }
            while gate.waiting < 4 { await Task.yield() }
            #expect(try await Self.isRefused(gate, nil), "four wait")
            patient.cancel()
            await #expect(throws: CancellationError.self) { try await patient.value }
            #expect(gate.waiting == 3)
            first.open()
            try await group.waitForAll()
        }
        turn.finish()
        var order: [Int] = []
        for await number in turns { order.append(number) }
        #expect(order == [0, 1, 2])
        // A place is free again, after those that failed, too.
        struct Broken: Error {}
        let fail: @Sendable () async throws -> Void = { throw Broken() }
        await #expect(throws: Broken.self) { try await gate.run(of: nil, opening: fail, { _ in }) }
        #expect(try await !Self.isRefused(gate, nil))
    }
}
