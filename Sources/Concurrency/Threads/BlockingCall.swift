import Synchronization

/// One call of a C function that blocks, on a thread of its own, awaited with a deadline.
///
/// Whoever stops waiting leaves the thread behind; it ends by itself when the function returns. Meant for rare
/// calls (name resolution, a cancel request), not for a hot path.
public final class BlockingCall<Value: Sendable>: Sendable {
    private let loop: DescriptorLoop
    private let signal: WakeSignal
    private let result: ResultBox

    private final class ResultBox: Sendable {
        let value = Mutex<Value?>(nil)
    }

    /// Starts the call.
    ///
    /// - Parameters:
    ///   - name: The thread's name; Linux shows 15 bytes of it.
    ///   - loop: The loop that wakes whoever waits for the value.
    ///   - body: The blocking work.
    /// - Throws: ``ThreadingError`` when the system refuses another thread.
    public init(
        name: String,
        on loop: DescriptorLoop,
        _ body: @escaping @Sendable () -> Value
    ) throws(ThreadingError) {
        let signal = loop.makeSignal()
        let result = ResultBox()
        (self.loop, self.signal, self.result) = (loop, signal, result)
        try DedicatedThread.start(name: name) {
            DedicatedThread.blockBrokenPipeSignal()
            let value = body()
            result.value.withLock { $0 = value }
            signal.raise()
        }
    }

    /// Waits for the call to return.
    ///
    /// - Parameters:
    ///   - deadline: When to stop waiting; `nil` waits as long as it takes.
    ///   - heedsCancellation: `false` waits on although the task is cancelled.
    /// - Returns: The function's value, or `nil` when the wait ended first.
    public nonisolated(nonsending) func value(
        until deadline: ContinuousClock.Instant?,
        heedsCancellation: Bool = true
    ) async -> Value? {
        while true {
            if let value = result.value.withLock({ $0 }) { return value }
            switch await loop.wait(for: nil, until: deadline, signal: signal, heedsCancellation: heedsCancellation) {
            case .signalled, .ready: continue
            case .timedOut, .cancelled: return result.value.withLock { $0 }
            }
        }
    }
}
