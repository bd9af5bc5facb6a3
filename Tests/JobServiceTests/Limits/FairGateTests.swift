import JobCore
import Synchronization
import TestSupport
import Testing

@testable import JobService

@Suite(.timeLimit(.minutes(1))) struct FairGateTests {
    private let a = TenantName(validated: "a")
    private let b = TenantName(validated: "b")
    private let c = TenantName(validated: "c")

    /// What goes on inside until the test lets it end.
    private final class Inside: Sendable {
        private let entered = Mutex<[String]>([])
        private let (released, release) = AsyncStream.makeStream(of: Void.self)

        var names: [String] { entered.withLock(\.self) }

        func stay(_ name: String) async {
            entered.withLock { $0.append(name) }
            var turns = released.makeAsyncIterator()
            _ = await turns.next()
        }

        func letOneOut() { release.yield() }
    }

    private func gate(_ places: Int, _ ofTenant: Int, waiting: Int = 1_000, patience: Duration = .seconds(30))
        -> FairGate
    {
        FairGate(
            "test",
            limits: .init(
                places: places,
                placesOfTenant: ofTenant,
                waiting: waiting,
                waitingOfTenant: 500,
                patience: patience
            )
        )
    }

    private func settle(_ gate: FairGate, inside: Int, waiting: Int) async {
        while gate.load != (inside, waiting) { await Task.yield() }
    }

    @Test func fourHundredOfOneTenantDoNotKeepAnotherOut() async throws {
        let gate = gate(2, 1)
        try await withThrowingDiscardingTaskGroup { group in
            let inside = Inside()
            for _ in 0..<400 { group.addTask { try? await gate.run(for: a) { await inside.stay("a") } } }
            await settle(gate, inside: 1, waiting: 399)
            // A place is left to whoever else comes.
            let answer = try await gate.run(for: b) { "in" }
            #expect(answer == "in")
            #expect(inside.names == ["a"])
            group.cancelAll()
            for _ in 0..<400 { inside.letOneOut() }
        }
        #expect(gate.load == (0, 0))
    }

    @Test func tenantsAreLetInInTurn() async throws {
        let gate = gate(1, 1)
        let inside = Inside()
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await gate.run(for: c) { await inside.stay("c") } }
            await settle(gate, inside: 1, waiting: 0)
            for (count, (name, tenant)) in [("a1", a), ("a2", a), ("a3", a), ("b1", b), ("b2", b)].enumerated() {
                group.addTask { try await gate.run(for: tenant) { await inside.stay(name) } }
                await settle(gate, inside: 1, waiting: count + 1)
            }
            for _ in 0..<6 { inside.letOneOut() }
        }
        #expect(inside.names == ["c", "a1", "b1", "a2", "b2", "a3"])
    }

    @Test func whoWaitsInTooLongALineOrTooLongIsRefused() async throws {
        let gate = gate(1, 1, waiting: 2, patience: .milliseconds(50))
        let inside = Inside()
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await gate.run(for: a) { await inside.stay("a") } }
            await settle(gate, inside: 1, waiting: 0)
            await #expect(throws: FairPlaces.Refusal.tenant) { try await gate.run(for: a) {} }
            let patient = self.gate(1, 1, waiting: 2)
            group.addTask { try await patient.run(for: a) { await inside.stay("a") } }
            await settle(patient, inside: 1, waiting: 0)
            for count in 1...2 {
                group.addTask { try? await patient.run(for: b) {} }
                await settle(patient, inside: 1, waiting: count)
            }
            await #expect(throws: FairPlaces.Refusal.process) { try await patient.run(for: c) {} }
            for _ in 0..<2 { inside.letOneOut() }
        }
    }

    /// How many are inside, of all and of each tenant.
    private final class Counts: Sendable {
        private let counts = Mutex<[TenantName: Int]>([:])

        func enter(_ tenant: TenantName) -> (all: Int, own: Int) {
            counts.withLock { counts in
                counts[tenant, default: 0] += 1
                return (counts.values.reduce(0, +), counts[tenant] ?? 0)
            }
        }

        func leave(_ tenant: TenantName) { counts.withLock { $0[tenant, default: 0] -= 1 } }
    }

    /// Random callers, some of whom are cancelled: never more are in than may, and in the end nobody.
    @Test func placesAreNeitherLostNorDoubled() async throws {
        var generator = SeededGenerator()
        let seed = generator.seed
        let gate = gate(5, 2)
        let counts = Counts()
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<2_000 {
                let tenant = [a, b, c].randomElement(using: &generator) ?? a
                let (rounds, isCancelled) = (
                    Int.random(in: 0..<4, using: &generator), Int.random(in: 0..<4, using: &generator) == 0
                )
                group.addTask {
                    let call = Task {
                        try await gate.run(for: tenant) {
                            let (all, own) = counts.enter(tenant)
                            #expect(all <= 5 && own <= 2, "seed \(seed)")
                            for _ in 0..<rounds { await Task.yield() }
                            counts.leave(tenant)
                        }
                    }
                    if isCancelled { call.cancel() }
                    do { try await call.value } catch is CancellationError {} catch is FairPlaces.Refusal {}
                }
            }
        }
        #expect(gate.load == (0, 0), "seed \(seed)")
    }
}
