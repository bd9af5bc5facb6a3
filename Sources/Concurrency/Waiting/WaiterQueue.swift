public import Synchronization

/// Tasks that wait for something, in the order of their coming; part of a lock-guarded state.
///
/// `Mutex.wait` puts them in. Whoever takes them out resumes them after the lock is released.
@usableFromInline package struct WaiterQueue<Answer: Sendable>: Sendable {
    /// A task that waits; to be resumed exactly once.
    @usableFromInline package typealias Waiter = UnsafeContinuation<Answer, Never>

    @usableFromInline var waiting: [(id: UInt64, waiter: Waiter)] = []
    @usableFromInline var lastID: UInt64 = 0

    /// Nobody waits.
    @inlinable package init() {}

    /// How many wait.
    @inlinable package var count: Int { waiting.count }

    /// Whether nobody waits.
    @inlinable package var isEmpty: Bool { waiting.isEmpty }

    /// Names a task that is about to wait.
    @inlinable package mutating func makeID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// Puts a task at the end.
    @inlinable package mutating func append(_ waiter: Waiter, id: UInt64) {
        waiting.append((id, waiter))
    }

    /// Takes out the task of this name; `nil` if it does not wait (any more).
    @inlinable package mutating func remove(_ id: UInt64) -> Waiter? {
        waiting.firstIndex { $0.id == id }.map { waiting.remove(at: $0).waiter }
    }

    /// Takes out the task that has waited longest.
    @inlinable package mutating func popFirst() -> Waiter? {
        waiting.isEmpty ? nil : waiting.removeFirst().waiter
    }

    /// Takes out all.
    @inlinable package mutating func removeAll() -> Woken {
        guard !waiting.isEmpty else { return .none }
        defer { waiting.removeAll(keepingCapacity: true) }
        return waiting.count == 1 ? .one(waiting[0].waiter) : .many(waiting.map(\.waiter))
    }

    /// Tasks to resume.
    @usableFromInline package enum Woken: Sendable {
        case none
        case one(Waiter)
        case many([Waiter])

        /// Resumes them all with one answer.
        @inlinable package func resume(returning answer: Answer) {
            switch self {
            case .none: break
            case .one(let waiter): waiter.resume(returning: answer)
            case .many(let waiters): for waiter in waiters { waiter.resume(returning: answer) }
            }
        }

        /// Resumes them all.
        @inlinable package func resume() where Answer == Void { resume(returning: ()) }
    }
}

extension Mutex {
    /// Suspends the caller in a queue that is part of the state, unless there is an answer for it at once.
    ///
    /// - Parameters:
    ///   - queue: Where it waits until it is taken out and resumed.
    ///   - cancelled: The answer for a task that is cancelled, before or while it waits; `nil` waits on all the same.
    ///   - answer: Asked once under the lock; `nil` lets the caller wait. A cancelled task does not ask.
    @inlinable package nonisolated(nonsending) func wait<Answer: Sendable>(
        in queue: any WritableKeyPath<Value, WaiterQueue<Answer>> & Sendable,
        ifCancelled cancelled: Answer?,
        unless answer: @Sendable (inout Value) -> Answer?
    ) async -> Answer {
        let id = withLock { $0[keyPath: queue].makeID() }
        guard let cancelled else { return await suspend(id, in: queue, nil, answer) }
        return await withTaskCancellationHandler {
            await suspend(id, in: queue, cancelled, answer)
        } onCancel: {
            withLock { $0[keyPath: queue].remove(id) }?.resume(returning: cancelled)
        }
    }

    @usableFromInline nonisolated(nonsending) func suspend<Answer: Sendable>(
        _ id: UInt64,
        in queue: any WritableKeyPath<Value, WaiterQueue<Answer>> & Sendable,
        _ cancelled: Answer?,
        _ answer: @Sendable (inout Value) -> Answer?
    ) async -> Answer {
        await withUnsafeContinuation { waiter in
            let ready: Answer? = withLock { state in
                // A cancellation from here on finds the waiter in the queue; one before is seen now.
                if let cancelled, Task.isCancelled { return cancelled }
                if let ready = answer(&state) { return ready }
                state[keyPath: queue].append(waiter, id: id)
                return nil
            }
            if let ready { waiter.resume(returning: ready) }
        }
    }

    /// Suspends the caller in a queue that is part of the state, unless what it waits for is so already.
    ///
    /// - Parameters:
    ///   - queue: Where it waits until it is taken out and resumed.
    ///   - heedsCancellation: `false` waits on although the task is cancelled.
    ///   - isReady: Asked once under the lock.
    @inlinable package nonisolated(nonsending) func wait(
        in queue: any WritableKeyPath<Value, WaiterQueue<Void>> & Sendable,
        heedsCancellation: Bool = true,
        until isReady: @Sendable (inout Value) -> Bool
    ) async {
        await wait(in: queue, ifCancelled: heedsCancellation ? () : nil) { isReady(&$0) ? () : nil }
    }
}
