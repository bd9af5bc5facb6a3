import Synchronization

/// Tasks under way, so that they can be cancelled together.
final class TaskBag: Sendable {
    private struct State {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var lastID: UInt64 = 0
        var isCancelled = false
    }

    private let state = Mutex(State())

    /// Starts a task; a bag that has been cancelled cancels it at once, so that it can still tidy up.
    func start(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            state.lastID += 1
            let id = state.lastID
            let isCancelled = state.isCancelled
            let task = Task { [weak self] in
                await body()
                self?.remove(id)
            }
            if isCancelled { task.cancel() }
            state.tasks[id] = task
        }
    }

    /// Cancels all tasks, and those started later.
    func cancelAll() {
        let tasks = state.withLock { state in
            state.isCancelled = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
    }

    private func remove(_ id: UInt64) {
        state.withLock { $0.tasks[id] = nil }
    }
}
