/// An operation that many may ask for, that runs at most once at a time, and whose askers wait no longer than they
/// wish.
///
/// Health checks and collectors ask a database or a broker. If that hangs, neither the asker may hang nor may every
/// further request start another operation; this keeps both promises even if the operation ignores cancellation.
actor SharedProbe<Value: Sendable> {
    /// What an asker learns.
    enum Outcome: Sendable {
        case success(Value)
        case failure(any Error)

        /// No answer within the asker's limit. The operation is cancelled when nobody waits for it any more.
        case late
    }

    private let operation: @Sendable () async throws -> Value
    private var running: Task<Void, Never>?
    private(set) var waiters: [UInt64: CheckedContinuation<Outcome, Never>] = [:]
    private var nextWaiter: UInt64 = 0

    init(_ operation: @escaping @Sendable () async throws -> Value) {
        self.operation = operation
    }

    /// Waits for the outcome of the run under way, or of a new one.
    func run(within limit: Duration) async -> Outcome {
        let waiter = nextWaiter
        nextWaiter += 1
        if running == nil {
            start()
        }
        let timer = Task {
            try await Task.sleep(for: limit)
            expire(waiter)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { waiters[waiter] = $0 }
    }

    private func start() {
        running = Task { await finish(outcome()) }
    }

    private nonisolated func outcome() async -> Outcome {
        do {
            return .success(try await operation())
        } catch {
            return .failure(error)
        }
    }

    private func finish(_ outcome: Outcome) {
        let wasCancelled = running?.isCancelled ?? false
        running = nil
        if wasCancelled, !waiters.isEmpty {
            // They came after the run was given up, and it says nothing about the present.
            start()
            return
        }
        for waiter in waiters.values {
            waiter.resume(returning: outcome)
        }
        waiters = [:]
    }

    private func expire(_ waiter: UInt64) {
        waiters.removeValue(forKey: waiter)?.resume(returning: .late)
        if waiters.isEmpty {
            running?.cancel()
        }
    }
}
