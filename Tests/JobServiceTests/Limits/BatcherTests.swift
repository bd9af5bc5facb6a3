import JobCore
import Metrics
import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import TestSupport
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

    @Test func whoWaitsOnAnEventLoopIsAnsweredThere() async throws {
        let batcher = Batcher<Int, Int>(limits: .init(batchItems: 100, waitingCost: 10_000, lanes: 1)) { batch in
            try? await Task.sleep(for: .milliseconds(1))
            if batch.contains(13) { throw Refused(item: 13) }
            return batch
        }
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        try await withThrowingTaskGroup { group in
            for number in 0..<200 {
                let loop = loops.next()
                group.addTask(executorPreference: LoopExecutor(loop)) {
                    #expect(loop.inEventLoop)
                    do {
                        let output = try await batcher.submit(number)
                        #expect(output == number)
                    } catch is Refused {}
                    #expect(loop.inEventLoop)
                }
            }
            // And who waits elsewhere, elsewhere.
            group.addTask {
                _ = try? await batcher.submit(200)
                #expect(MultiThreadedEventLoopGroup.currentEventLoop == nil)
            }
            try await group.waitForAll()
        }
        try await loops.shutdownGracefully()
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

    /// Holds batches in flight, several at once, until the test lets each of them go.
    private final class Doors: Sendable {
        private let (entered, entry) = AsyncStream.makeStream(of: [Int].self)
        private let held = Mutex<[Int: CheckedContinuation<Void, Never>]>([:])

        func pass(_ batch: [Int]) async {
            await withCheckedContinuation { waiter in
                held.withLock { $0[batch[0]] = waiter }
                entry.yield(batch)
            }
        }

        func nextBatch() async -> [Int]? {
            for await batch in entered { return batch }
            return nil
        }

        /// Lets the batch go that begins so.
        func open(_ first: Int) { held.withLock { $0.removeValue(forKey: first) }?.resume() }
    }

    private func batcher(patience: Duration, _ doors: Doors) -> Batcher<Int, Int> {
        Batcher(limits: .init(batchItems: 100, waitingCost: 1_000, lanes: 2, patience: patience)) { batch in
            await doors.pass(batch)
            return batch
        }
    }

    @Test func withPatienceWhatArrivesDuringABatchWaitsForIt() async throws {
        let doors = Doors()
        let batcher = batcher(patience: .seconds(600), doors)
        #expect(batcher.post(contentsOf: [0]))
        #expect(await doors.nextBatch() == [0])
        for item in 1...3 { #expect(batcher.post(contentsOf: [item])) }
        #expect(!batcher.isBusy)
        doors.open(0)
        #expect(await doors.nextBatch() == [1, 2, 3])
        doors.open(1)
    }

    @Test func patienceEnds() async throws {
        let doors = Doors()
        let batcher = batcher(patience: .milliseconds(1), doors)
        #expect(batcher.post(contentsOf: [0]))
        #expect(await doors.nextBatch() == [0])
        // The first one is stuck; the next goes past it.
        #expect(batcher.post(contentsOf: [1]))
        #expect(await doors.nextBatch() == [1])
        for item in 2...3 { #expect(batcher.post(contentsOf: [item])) }
        // No third lane, however long they wait; and the second one ends, as there is the first: what waits goes past that once more.
        doors.open(1)
        #expect(await doors.nextBatch() == [2, 3])
        doors.open(0)
        doors.open(2)
    }

    @Test(arguments: [Duration.zero, .microseconds(300)])
    func everyCallIsAnsweredInABatchAndNoMoreAreInFlightThanMayBe(patience: Duration) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let inFlight = Mutex((now: 0, most: 0))
        let batcher = Batcher<Int, Int>(
            limits: .init(batchItems: 20, waitingCost: 100_000, lanes: 2, patience: patience)
        ) { batch in
            inFlight.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            if batch[0].isMultiple(of: 3) { try await Task.sleep(for: .microseconds(batch[0] % 1_000)) }
            inFlight.withLock { $0.now -= 1 }
            return batch.map { -$0 }
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                let items = (0..<40).map { _ in Int.random(in: 1...10_000, using: &random) }
                let pauses = (0..<40).map { _ in Int.random(in: 0...20, using: &random) }
                group.addTask {
                    for (item, pause) in zip(items, pauses) {
                        if pause == 0 { try? await Task.sleep(for: .microseconds(item)) }
                        let output = try? await batcher.submit(contentsOf: Array(repeating: item, count: 1 + pause % 3))
                        #expect(output == Array(repeating: -item, count: 1 + pause % 3), "seed \(seed)")
                    }
                }
            }
        }
        #expect(inFlight.withLock { $0.most } <= 2, "seed \(seed)")
        #expect(batcher.waitingCost == 0, "seed \(seed)")
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
