public import JobCore
import Logging
public import Metrics
import NIOCore
import NIOPosix
import Platform
import Synchronization

/// Merges what many callers ask for into few round trips.
///
/// Requests that arrive while the previous batch is in flight form the next one: no timer, so an idle batcher adds no
/// latency, and a busy one grows its batches by itself. Up to `lanes` batches are in flight at once; with `patience`, one as long as
/// it is carried out in time, as each costs something of its own however small it is. What waits is bounded by its cost; beyond that
/// callers are refused at once rather than kept waiting.
///
/// Where callers are of many tenants, each tenant has the same share of a batch, and what waits of one is bounded by what room there is left:
/// who comes with little is taken and served soon, however much of others waits.
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
        /// How long calls wait for a batch that is in flight, to form a larger one together, before another one is sent beside it.
        public var patience: Duration

        /// Limits for one batcher.
        public init(
            batchItems: Int,
            batchCost: Int = .max,
            waitingCost: Int,
            lanes: Int,
            patience: Duration = .zero
        ) {
            self.batchItems = batchItems
            self.batchCost = batchCost
            self.waitingCost = waitingCost
            self.lanes = lanes
            self.patience = patience
        }
    }

    private typealias Waiter = CheckedContinuation<[Output], any Error>

    /// What one call handed in, who waits for it, and on which event loop.
    private struct Call: Sendable {
        var items: [Item]
        var waiter: Waiter?
        var loop: (any EventLoop)?
    }

    private struct State: ~Copyable {
        var waiting: FairQueue<TenantName?, Call>
        /// How many batches are in flight.
        var lanes = 0
        /// How many batches there were.
        var batches = 0
        /// Whether a spare lane waits until it is time for it.
        var hasSpare = false
    }

    /// What is to be done for calls that wait.
    private enum Opening {
        case nothing, lane, spareLane
    }

    /// What a batch weighs, and how much of it an owner has in a turn.
    private static var batchWeight: Int { 1_024 }
    private static var turnWeight: Int { batchWeight / 16 }

    private let state: Mutex<State>
    private let limits: Limits
    private let cost: @Sendable (Item) -> Int
    private let owner: (@Sendable (Item) -> TenantName?)?
    private let isolates: @Sendable (any Error) -> Bool
    private let flush: @Sendable ([Item]) async throws -> [Output]
    private let lost: Counter
    private let executor: (any TaskExecutor)?

    /// Makes a batcher.
    ///
    /// - Parameters:
    ///   - limits: How large batches and the queue may become.
    ///   - cost: What an item weighs, in the unit of the limits; one each unless given.
    ///   - owner: Whose an item is, and so the call that hands it in; nil means the installation's own. Without it all are alike.
    ///   - isolates: Whether an error may be the fault of a single call. The batch is then halved and tried again, down to
    ///     the culprit, so that one bad request does not fail its neighbours.
    ///   - executor: Where batches are put together and carried out; nil means anywhere.
    ///   - lost: Counts posted items with which nothing could be done.
    ///   - flush: Carries out a batch; gives as many outputs as it got items, in the same order, or throws for all.
    public init(
        limits: Limits,
        cost: @escaping @Sendable (Item) -> Int = { _ in 1 },
        owner: (@Sendable (Item) -> TenantName?)? = nil,
        isolates: @escaping @Sendable (any Error) -> Bool = { _ in false },
        on executor: (any TaskExecutor)? = nil,
        lost: Counter? = nil,
        flush: @escaping @Sendable ([Item]) async throws -> [Output]
    ) {
        self.limits = limits
        self.cost = cost
        self.owner = owner
        state = Mutex(State(waiting: FairQueue(turn: Self.turnWeight)))
        self.isolates = isolates
        self.executor = executor
        self.lost = lost ?? Counter(.postedItemsLost)
        self.flush = flush
    }

    /// The cost of what waits now, in the unit of the limits.
    public var waitingCost: Int {
        state.withLock { $0.waiting.cost }
    }

    /// Whether a tenant may hand in something now, however much it costs less than the rest of what it may have waiting.
    public func hasRoom(of tenant: TenantName?) -> Bool {
        state.withLock { hasRoom(for: 1, of: tenant, in: $0.waiting) }
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

    private func enqueue(_ items: [Item], waiter: Waiter?) -> Bool {
        let call = Call(items: items, waiter: waiter, loop: MultiThreadedEventLoopGroup.currentEventLoop)
        let cost = items.reduce(0) { $0 + self.cost($1) }
        let tenant = items.first.flatMap { owner?($0) }
        let opening: Opening? = state.withLock { state -> Opening? in
            guard hasRoom(for: cost, of: tenant, in: state.waiting) else { return nil }
            let weight = max(part(items.count, of: limits.batchItems), part(cost, of: limits.batchCost))
            state.waiting.append(call, weight: weight, cost: cost, of: tenant)
            return self.opening(&state)
        }
        guard let opening else { return false }
        open(opening)
        return true
    }

    /// What is to be done so that what waits does not wait for long.
    private func opening(_ state: inout State) -> Opening {
        guard state.waiting.count > 0, state.lanes < limits.lanes else { return .nothing }
        guard state.lanes > 0, limits.patience > .zero else {
            state.lanes += 1
            return .lane
        }
        guard !state.hasSpare else { return .nothing }
        state.hasSpare = true
        return .spareLane
    }

    private func open(_ opening: Opening) {
        // Detached: what other calls wait for is not to depend on the first one's priority or task-local values.
        switch opening {
        case .nothing: break
        case .lane: Task.detached(executorPreference: executor) { await self.runLane() }
        case .spareLane: Task.detached(executorPreference: executor) { await self.runSpareLane() }
        }
    }

    /// Whether a call may wait, beside what waits already.
    private func hasRoom(
        for cost: Int,
        of tenant: TenantName?,
        in waiting: FairQueue<TenantName?, Call>
    ) -> Bool {
        // Who has nothing here may hand in anything, so that no single call is too large for ever.
        let mine = waiting.cost(of: tenant)
        guard mine > 0 else { return true }
        let left = limits.waitingCost - waiting.cost
        // What is left to one is as much as it has: so half of all for who is alone, and a third for each of two.
        return owner == nil ? cost <= left : mine + cost <= left
    }

    /// How much of a batch something is.
    private func part(_ amount: Int, of batch: Int) -> Int {
        max(1, Int(Double(Self.batchWeight) * Double(amount) / Double(batch)))
    }

    private func runLane() async {
        while let batch = nextBatch() {
            await carryOut(batch)
        }
    }

    /// Becomes a lane once no batch was taken for a while although something waits.
    private func runSpareLane() async {
        var seen: Int
        repeat {
            seen = state.withLock { $0.batches }
            try? await Task.sleep(for: limits.patience)
        } while state.withLock { $0.batches } != seen
        let batch: [Call]? = state.withLock { state in
            state.hasSpare = false
            guard state.waiting.count > 0, state.lanes < limits.lanes else { return nil }
            state.lanes += 1
            return takeBatch(&state)
        }
        guard let batch else { return }
        await carryOut(batch)
        await runLane()
    }

    /// Takes the next batch, or closes the lane when nothing waits, or nothing that another one will not take soon.
    private func nextBatch() -> [Call]? {
        let (batch, opening) = state.withLock { state -> ([Call]?, Opening) in
            guard state.waiting.count > 0, state.lanes == 1 || limits.patience == .zero else {
                state.lanes -= 1
                return (nil, self.opening(&state))
            }
            return (takeBatch(&state), .nothing)
        }
        open(opening)
        return batch
    }

    private func takeBatch(_ state: inout State) -> [Call] {
        let waiting = state.waiting.cost
        var batch: [Call] = []
        var (items, cost) = (0, 0)
        while let next = state.waiting.popFirst(where: { call, callCost in
            batch.isEmpty || (items + call.items.count <= limits.batchItems && cost + callCost <= limits.batchCost)
        }) {
            batch.append(next)
            items += next.items.count
            cost = waiting - state.waiting.cost
        }
        state.batches += 1
        return batch
    }

    private func carryOut(_ batch: [Call]) async {
        do {
            let outputs = try await flush(batch.count == 1 ? batch[0].items : batch.flatMap(\.items))
            var rest = outputs[...]
            answer(batch) { call in
                defer { rest = rest.dropFirst(call.items.count) }
                return .success(Array(rest.prefix(call.items.count)))
            }
        } catch  where batch.count > 1 && isolates(error) {
            let middle = batch.count / 2
            await carryOut(Array(batch[..<middle]))
            await carryOut(Array(batch[middle...]))
        } catch {
            answer(batch) { _ in .failure(error) }
            let posted = batch.reduce(0) { $0 + ($1.waiter == nil ? $1.items.count : 0) }
            guard posted > 0 else { return }
            lost.increment(by: posted)
            Logger(label: "batcher").warning(
                "what nobody waits for could not be done",
                metadata: ["items": "\(posted)", "error": "\(error)"]
            )
        }
    }

    /// Answers who waits, those on one event loop together: to wake its thread costs more than to answer.
    private func answer(_ batch: [Call], _ result: (Call) -> Result<[Output], any Error>) {
        var answers: [ObjectIdentifier?: (loop: (any EventLoop)?, calls: [(Waiter, Result<[Output], any Error>)])] = [:]
        for call in batch {
            let result = result(call)
            guard let waiter = call.waiter else { continue }
            answers[call.loop.map { ObjectIdentifier($0) }, default: (call.loop, [])].calls.append((waiter, result))
        }
        for (loop, calls) in answers.values {
            let resume = { @Sendable in
                for (waiter, result) in calls { waiter.resume(with: result) }
            }
            if let loop { loop.execute(resume) } else { resume() }
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
