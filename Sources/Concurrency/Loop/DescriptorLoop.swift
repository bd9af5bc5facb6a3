import Synchronization

/// A thread that runs actors and waits for file descriptors on their behalf.
///
/// An actor that returns ``unownedExecutor`` from its own `unownedExecutor` runs wholly on this thread, so it may
/// call a C library that must be used by one thread at a time, and `await` its descriptors in between. One
/// loop serves many such actors; what runs on it must not block.
///
/// A task that prefers the loop as its executor runs on this thread as well, and calls these actors without a change of threads.
///
/// The thread lives as long as the loop is referenced. An actor must therefore keep its loop in a property.
public final class DescriptorLoop: TaskExecutor {
    private let executor: LoopExecutor

    /// Starts a thread.
    ///
    /// - Parameter name: The thread's name, for debuggers; Linux shows 15 bytes of it.
    /// - Throws: ``ThreadingError`` when the system refuses a thread or a descriptor.
    public init(name: String = "descriptor-loop") throws(ThreadingError) {
        executor = try LoopExecutor(name: name)
    }

    deinit {
        executor.stop()
    }

    /// What an actor on this loop returns from its own `unownedExecutor`.
    public var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Runs a job of a task that prefers this executor.
    public func enqueue(_ job: consuming ExecutorJob) {
        executor.enqueue(job, of: asUnownedTaskExecutor())
    }

    /// Makes a signal that ends waits on this loop.
    public func makeSignal() -> WakeSignal {
        WakeSignal(executor: executor)
    }

    /// Suspends until a descriptor is ready, a signal is raised, a deadline passes or the task is cancelled.
    ///
    /// May be called from any task. Several waits for one descriptor are allowed.
    ///
    /// - Parameters:
    ///   - descriptor: An open descriptor; `nil` waits for the rest alone.
    ///   - interest: What the descriptor should become ready for.
    ///   - deadline: `nil` waits for ever; otherwise the wait ends at most a millisecond later than this.
    ///   - signal: A raised signal ends the wait, also if it was raised before; it is lowered thereby. One
    ///     wait at a time may name a signal.
    ///   - heedsCancellation: `false` waits on although the task is cancelled.
    ///   - isolation: The caller's actor; leave it out. (A `nonisolated(nonsending)` function would run the closures below
    ///     on the cooperative pool, at the price of two more changes of thread a wait.)
    /// - Returns: What ended the wait.
    public func wait(
        for descriptor: CInt?,
        _ interest: DescriptorInterest = .read,
        until deadline: ContinuousClock.Instant? = nil,
        signal: WakeSignal? = nil,
        heedsCancellation: Bool = true,
        isolation: isolated (any Actor)? = #isolation
    ) async -> WaitOutcome {
        if let signal, signal.lower() { return .signalled }
        let id = signal?.id ?? executor.nextID()
        guard heedsCancellation else {
            return await suspend(id, descriptor, interest, deadline, signal, false, isolation)
        }
        if Task.isCancelled { return .cancelled }
        return await withTaskCancellationHandler {
            await suspend(id, descriptor, interest, deadline, signal, true, isolation)
        } onCancel: {
            executor.end(id, with: .cancelled)
        }
    }

    private func suspend(
        _ id: UInt64,
        _ descriptor: CInt?,
        _ interest: DescriptorInterest,
        _ deadline: ContinuousClock.Instant?,
        _ signal: WakeSignal?,
        _ heedsCancellation: Bool,
        _ isolation: isolated (any Actor)?
    ) async -> WaitOutcome {
        while true {
            let outcome = await withCheckedContinuation { continuation in
                executor.add(
                    PollSet.Wait(
                        id: id,
                        descriptor: descriptor ?? -1,
                        interest: interest,
                        deadline: deadline,
                        continuation: continuation
                    )
                )
                // What happened before the wait was added has found nothing to end.
                if let signal, signal.isRaised { executor.end(id, with: .signalled) }
                if heedsCancellation, Task.isCancelled { executor.end(id, with: .cancelled) }
            }
            // All waits for a signal share an id, so this may be news that an earlier one has had already.
            switch outcome {
            case .signalled where signal?.lower() != true: continue
            case .cancelled where !heedsCancellation || !Task.isCancelled: continue
            default: return outcome
            }
        }
    }
}

extension DescriptorLoop {
    private static let sharedLoop = Mutex<DescriptorLoop?>(nil)

    /// The loop for everybody who does not need one of his own; started when first asked for, never stopped.
    ///
    /// - Throws: ``ThreadingError`` when it cannot be started; the next call tries again.
    public static func shared() throws(ThreadingError) -> DescriptorLoop {
        let result = sharedLoop.withLock { loop in
            Result { () throws(ThreadingError) -> DescriptorLoop in
                if let loop { return loop }
                let started = try DescriptorLoop()
                loop = started
                return started
            }
        }
        return try result.get()
    }
}

/// What a caller wants to do with a descriptor, or what has become possible.
public struct DescriptorInterest: OptionSet, Sendable, Hashable {
    /// The set as bits.
    public let rawValue: UInt8

    /// Makes a set from its bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// There are bytes to read, or the peer has closed the connection.
    public static let read = DescriptorInterest(rawValue: 1 << 0)
    /// The kernel takes more bytes.
    public static let write = DescriptorInterest(rawValue: 1 << 1)
}

/// Why ``DescriptorLoop/wait(for:_:until:signal:heedsCancellation:)`` returned.
public enum WaitOutcome: Sendable, Hashable {
    /// The descriptor is ready; an error or a hang-up on it counts as ready for everything asked, so that
    /// the next call on the descriptor reports it.
    case ready(DescriptorInterest)
    /// The signal was raised.
    case signalled
    /// The deadline passed.
    case timedOut
    /// The waiting task was cancelled.
    case cancelled
}

/// A flag that ends a wait on a ``DescriptorLoop`` from any thread.
///
/// It stays raised until a wait has seen it, so nothing is lost between two waits; raising it again meanwhile costs
/// one atomic operation.
public final class WakeSignal: Sendable {
    let id: UInt64
    private let executor: LoopExecutor
    private let raised = Atomic<Bool>(false)

    init(executor: LoopExecutor) {
        self.executor = executor
        id = executor.nextID()
    }

    /// Ends the wait that names this signal, or the next one that does.
    public func raise() {
        guard !raised.exchange(true, ordering: .acquiringAndReleasing) else { return }
        executor.end(id, with: .signalled)
    }

    var isRaised: Bool {
        raised.load(ordering: .acquiring)
    }

    /// Lowers the flag.
    ///
    /// - Returns: Whether it was raised.
    func lower() -> Bool {
        raised.exchange(false, ordering: .acquiringAndReleasing)
    }
}
