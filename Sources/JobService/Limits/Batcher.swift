import DequeModule
import Logging
public import Metrics
import Platform
import Synchronization

/// Merges what many callers ask for into few round trips.
///
/// Requests that arrive while the previous batch is in flight form the next one: no timer, so an idle batcher adds no
/// latency, and a busy one grows its batches by itself. Up to `lanes` batches are in flight at once. What waits is
/// bounded by its cost; beyond that callers are refused at once rather than kept waiting.
public final class Batcher<Item: Sendable, Output: Sendable>: Sendable {
    /// How large batches and the queue may become.
    public struct Limits: Sendable {
        /// The most items in a batch. One call's items are never split, so a batch may exceed it by one call.
        public var batchItems: Int
        /// The most cost in a batch, likewise.
        public var batchCost: Int
        /// The most cost that may wait.
        public var waitingCost: Int
        /// How many batches may be in flight at once.
        public var lanes: Int

        /// Limits for one batcher.
        public init(batchItems: Int, batchCost: Int = .max, waitingCost: Int, lanes: Int) {
            self.batchItems = batchItems
            self.batchCost = batchCost
            self.waitingCost = waitingCost
            self.lanes = lanes
        }
    }

    /// What one call handed in, and who waits for it.
    private struct Call: Sendable {
        var items: [Item]
        var cost: Int
        var waiter: CheckedContinuation<[Output], any Error>?
    }

    private struct State: ~Copyable {
        var waiting = Deque<Call>()
        var waitingCost = 0
        var lanes = 0
    }

    private let state = Mutex(State())
    private let limits: Limits
    private let cost: @Sendable (Item) -> Int
    private let isolates: @Sendable (any Error) -> Bool
    private let flush: @Sendable ([Item]) async throws -> [Output]
    private let lost: Counter

    /// Makes a batcher.
    ///
    /// - Parameters:
    ///   - limits: How large batches and the queue may become.
    ///   - cost: What an item weighs, in the unit of the limits; one each unless given.
    ///   - isolates: Whether an error may be the fault of a single call. The batch is then halved and tried again, down to
    ///     the culprit, so that one bad request does not fail its neighbours.
    ///   - lost: Counts posted items with which nothing could be done.
    ///   - flush: Carries out a batch; gives as many outputs as it got items, in the same order, or throws for all.
    public init(
        limits: Limits,
        cost: @escaping @Sendable (Item) -> Int = { _ in 1 },
        isolates: @escaping @Sendable (any Error) -> Bool = { _ in false },
        lost: Counter? = nil,
        flush: @escaping @Sendable ([Item]) async throws -> [Output]
    ) {
        self.limits = limits
        self.cost = cost
        self.isolates = isolates
        self.lost = lost ?? Counter(.postedItemsLost)
        self.flush = flush
    }

    /// The cost of what waits now, in the unit of the limits.
    public var waitingCost: Int {
        state.withLock { $0.waitingCost }
    }

    /// Whether all lanes are in use, so that what is handed in now waits.
    public var isBusy: Bool {
        state.withLock { $0.lanes == limits.lanes }
    }

    /// Hands in one item and waits for its output.
    ///
    /// - Throws: ``BatcherOverloaded`` at once when too much waits already, or what `flush` threw.
    public func submit(_ item: Item) async throws -> Output {
        let outputs = try await submit(contentsOf: [item])
        return outputs[0]
    }

    /// Hands in several items, which stay together, and waits for their outputs.
    ///
    /// - Throws: ``BatcherOverloaded`` at once when too much waits already, or what `flush` threw.
    public func submit(contentsOf items: [Item]) async throws -> [Output] {
        guard !items.isEmpty else { return [] }
        return try await withCheckedThrowingContinuation { waiter in
            guard enqueue(items, waiter: waiter) else { return waiter.resume(throwing: BatcherOverloaded()) }
        }
    }

    /// Hands in several items and does not wait. What becomes of them nobody is told: a failure is logged and counted.
    ///
    /// - Returns: False when too much waits already; nothing was taken then.
    public func post(contentsOf items: [Item]) -> Bool {
        items.isEmpty || enqueue(items, waiter: nil)
    }

    private func enqueue(_ items: [Item], waiter: CheckedContinuation<[Output], any Error>?) -> Bool {
        let call = Call(items: items, cost: items.reduce(0) { $0 + cost($1) }, waiter: waiter)
        let decision: (taken: Bool, opensLane: Bool) = state.withLock { state in
            // An empty queue takes anything, so that no single call is too large for ever.
            guard state.waiting.isEmpty || state.waitingCost + call.cost <= limits.waitingCost else {
                return (false, false)
            }
            state.waiting.append(call)
            state.waitingCost += call.cost
            guard state.lanes < limits.lanes else { return (true, false) }
            state.lanes += 1
            return (true, true)
        }
        if decision.opensLane {
            // Detached: what other calls wait for is not to depend on the first one's priority or task-local values.
            Task.detached { await self.runLane() }
        }
        return decision.taken
    }

    private func runLane() async {
        while let batch = nextBatch() {
            await carryOut(batch)
        }
    }

    /// Takes the next batch, or closes the lane when nothing waits.
    private func nextBatch() -> [Call]? {
        state.withLock { state in
            var batch: [Call] = []
            var (items, cost) = (0, 0)
            while let next = state.waiting.first,
                batch.isEmpty || (items + next.items.count <= limits.batchItems && cost + next.cost <= limits.batchCost)
            {
                state.waiting.removeFirst()
                batch.append(next)
                items += next.items.count
                cost += next.cost
            }
            guard !batch.isEmpty else {
                state.lanes -= 1
                return nil
            }
            state.waitingCost -= cost
            return batch
        }
    }

    private func carryOut(_ batch: [Call]) async {
        do {
            let outputs = try await flush(batch.count == 1 ? batch[0].items : batch.flatMap(\.items))
            var start = outputs.startIndex
            for call in batch {
                call.waiter?.resume(returning: Array(outputs[start..<(start + call.items.count)]))
                start += call.items.count
            }
        } catch  where batch.count > 1 && isolates(error) {
            let middle = batch.count / 2
            await carryOut(Array(batch[..<middle]))
            await carryOut(Array(batch[middle...]))
        } catch {
            var posted = 0
            for call in batch {
                if let waiter = call.waiter { waiter.resume(throwing: error) } else { posted += call.items.count }
            }
            guard posted > 0 else { return }
            lost.increment(by: posted)
            Logger(label: "batcher").warning(
                "what nobody waits for could not be done",
                metadata: ["items": "\(posted)", "error": "\(error)"]
            )
        }
    }
}

/// Too much waits already; nothing was taken. Try again later.
public struct BatcherOverloaded: Error, CustomStringConvertible {
    /// Makes the error.
    public init() {}

    /// Says what to do.
    public var description: String { "too many requests are waiting; try again later" }
}
