import JobCore
import Metrics
import Synchronization
import Telemetry
import Testing

@testable import JobService

@Suite(.timeLimit(.minutes(1))) struct BatcherTests {
    /// Holds batches in flight until the test lets them go, and keeps what they were.
    private final class Gate: Sendable {
        private let (entered, entry) = AsyncStream.makeStream(of: [Int].self)
        private let (released, release) = AsyncStream.makeStream(of: Void.self)

        func pass(_ batch: [Int]) async {
            entry.yield(batch)
            for await _ in released { return }
        }

        func nextBatch() async -> [Int]? {
            for await batch in entered { return batch }
            return nil
        }

        func open() { release.yield() }
    }

    private struct Refused: Error, Equatable {
        var item: Int
    }

    @Test func whatArrivesDuringABatchFormsTheNextOne() async throws {
        let gate = Gate()
        let batcher = Batcher<Int, Int>(limits: .init(batchItems: 100, waitingCost: 1_000, lanes: 1)) { batch in
            await gate.pass(batch)
            return batch.map { $0 * 10 }
        }
        async let first = batcher.submit(1)
        #expect(await gate.nextBatch() == [1])
        let rest = Task { try await batcher.submit(contentsOf: [2, 3]) }
        while batcher.waitingCost < 2 { await Task.yield() }
        let last = Task { try await batcher.submit(4) }
        while batcher.waitingCost < 3 { await Task.yield() }
        gate.open()
        #expect(await gate.nextBatch() == [2, 3, 4])
        gate.open()
        #expect(try await first == 10)
        #expect(try await rest.value == [20, 30])
        #expect(try await last.value == 40)
    }

    @Test func batchesStayWithinTheirLimits() async throws {
        let sizes = Mutex<[Int]>([])
        let batcher = Batcher<Int, Int>(
            limits: .init(batchItems: 10, batchCost: 30, waitingCost: 100_000, lanes: 1),
            cost: { $0 }
        ) { batch in
            sizes.withLock { $0.append(batch.reduce(0, +)) }
            await Task.yield()
            return batch
        }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 { group.addTask { try await batcher.submit(7) } }
            for try await output in group { #expect(output == 7) }
        }
        #expect(sizes.withLock { $0.allSatisfy { $0 <= 30 } })
    }

    @Test func refusesAtOnceWhenTooMuchWaits() async throws {
        let gate = Gate()
        let batcher = Batcher<Int, Int>(limits: .init(batchItems: 1, waitingCost: 2, lanes: 1)) { batch in
            await gate.pass(batch)
            return batch
        }
        async let first = batcher.submit(1)
        _ = await gate.nextBatch()
        #expect(batcher.post(contentsOf: [2, 3]))
        #expect(!batcher.post(contentsOf: [4]))
        await #expect(throws: BatcherOverloaded.self) { try await batcher.submit(4) }
        gate.open()
        _ = await gate.nextBatch()
        gate.open()
        #expect(try await first == 1)
    }

    @Test func oneBadCallDoesNotFailItsNeighbours() async throws {
        let gate = Gate()
        let batcher = Batcher<Int, Int>(
            limits: .init(batchItems: 100, waitingCost: 100, lanes: 1),
            isolates: { $0 is Refused }
        ) { batch in
            if batch == [0] { await gate.pass(batch) }
            if batch.contains(13) { throw Refused(item: 13) }
            return batch
        }
        let holder = Task { try await batcher.submit(0) }
        _ = await gate.nextBatch()
        let calls = (10..<18).map { item in Task { try await batcher.submit(item) } }
        while batcher.waitingCost < calls.count { await Task.yield() }
        gate.open()
        _ = try await holder.value
        for (item, call) in zip(10..<18, calls) {
            if item == 13 {
                await #expect(throws: Refused(item: 13)) { try await call.value }
            } else {
                #expect(try await call.value == item)
            }
        }
    }

    @Test func aFailureThatIsNobodysFaultFailsTheBatchOnce() async throws {
        let flushes = Mutex(0)
        let batcher = Batcher<Int, Int>(limits: .init(batchItems: 100, waitingCost: 100, lanes: 1)) { _ in
            flushes.withLock { $0 += 1 }
            throw Refused(item: 0)
        }
        await #expect(throws: Refused(item: 0)) { try await batcher.submit(contentsOf: [1, 2, 3]) }
        #expect(flushes.withLock { $0 } == 1)
    }

    private func tenant(of item: Int) -> TenantName { TenantName(validated: item < 1_000 ? "many" : "few") }

    @Test func ofEachTenantTheSameShareIsInABatchHoweverMuchOfOneWaits() async throws {
        let gate = Gate()
        let batcher = Batcher<Int, Int>(
            limits: .init(batchItems: 10, waitingCost: 1_000, lanes: 1),
            owner: { self.tenant(of: $0) }
        ) { batch in
            await gate.pass(batch)
            return batch
        }
        #expect(batcher.post(contentsOf: [0]))
        #expect(await gate.nextBatch() == [0])
        for item in 1...200 { #expect(batcher.post(contentsOf: [item])) }
        for item in 1_001...1_003 { #expect(batcher.post(contentsOf: [item])) }
        gate.open()
        let next = try #require(await gate.nextBatch())
        #expect(Set(next).isSuperset(of: [1_001, 1_002, 1_003]) && next.count == 10, "\(next)")
        #expect(next.filter { $0 < 1_000 } == [1, 2, 3, 4, 5, 6, 7], "in their order")
        for _ in 0..<21 { gate.open() }
    }

    @Test func aTenantHasAsMuchWaitingAsThereIsRoomLeft() async throws {
        let gate = Gate()
        let batcher = Batcher<Int, Int>(
            limits: .init(batchItems: 1, waitingCost: 100, lanes: 1),
            owner: { self.tenant(of: $0) }
        ) { batch in
            await gate.pass(batch)
            return batch
        }
        #expect(batcher.post(contentsOf: [0]))
        _ = await gate.nextBatch()
        var many = 0
        while batcher.post(contentsOf: [1]) { many += 1 }
        #expect(many == 50, "half of all")
        #expect(
            !batcher.hasRoom(of: TenantName(validated: "many")) && batcher.hasRoom(of: TenantName(validated: "few"))
        )
        await #expect(throws: BatcherOverloaded.self) { try await batcher.submit(1) }
        var few = 0
        while batcher.post(contentsOf: [1_000]) { few += 1 }
        #expect(few == 25)
        #expect(!batcher.post(contentsOf: [2]))
        for _ in 0..<80 { gate.open() }
    }

    private enum Values {
        @TaskLocal static var caller = "nobody"
    }

    /// A lane goes on for whoever comes later: it is nobody's own.
    @Test func aBatchHasNothingOfTheTaskThatHandedItIn() async throws {
        let batcher = Batcher<Int, (caller: String, priority: TaskPriority)>(
            limits: .init(batchItems: 1, waitingCost: 10, lanes: 1)
        ) { batch in
            batch.map { _ in (Values.caller, Task.currentPriority) }
        }
        let (caller, priority) = try await Task(priority: .background) {
            try await Values.$caller.withValue("somebody") { try await batcher.submit(1) }
        }.value
        #expect(caller == "nobody" && priority > .background)
    }

    @Test func whatIsLostThoughNobodyWaitsIsCounted() async throws {
        let registry = PrometheusRegistry()
        let batcher = Batcher<Int, Int>(
            // What is handed in at once makes a batch of its own.
            limits: .init(batchItems: 3, waitingCost: 100, lanes: 1),
            lost: Counter(label: "lost", factory: registry)
        ) { batch in
            if batch.contains(13) { throw Refused(item: 13) }
            return batch
        }
        #expect(batcher.post(contentsOf: [1, 2]))
        #expect(batcher.post(contentsOf: [13, 14, 15]))
        await #expect(throws: Refused(item: 13)) { try await batcher.submit(contentsOf: [13, 16]) }
        let text = String(decoding: await registry.exposition(.prometheus), as: UTF8.self)
        #expect(text.contains("lost_total 3"), "\(text)")
    }
}
