import Synchronization

/// Tasks that wait for a call to change; part of a lock-guarded state.
struct Waiters {
    private var waiting: [(id: UInt64, continuation: UnsafeContinuation<Void, Never>)] = []
    private var nextID: UInt64 = 0

    /// Names a task that is about to wait.
    mutating func makeID() -> UInt64 {
        nextID += 1
        return nextID
    }

    mutating func add(_ continuation: UnsafeContinuation<Void, Never>, id: UInt64) {
        waiting.append((id, continuation))
    }

    /// Takes out the task of this name, which was cancelled; to be resumed after the lock is released.
    mutating func remove(id: UInt64) -> UnsafeContinuation<Void, Never>? {
        waiting.firstIndex { $0.id == id }.map { waiting.remove(at: $0).continuation }
    }

    /// Takes out all; to be resumed after the lock is released.
    mutating func takeAll() -> Wake {
        guard !waiting.isEmpty else { return .none }
        defer { waiting.removeAll(keepingCapacity: true) }
        return waiting.count == 1 ? .one(waiting[0].continuation) : .many(waiting.map(\.continuation))
    }

    /// Tasks to resume.
    enum Wake {
        case none
        case one(UnsafeContinuation<Void, Never>)
        case many([UnsafeContinuation<Void, Never>])

        func resume() {
            switch self {
            case .none: break
            case .one(let continuation): continuation.resume()
            case .many(let continuations): for continuation in continuations { continuation.resume() }
            }
        }
    }
}

/// Something that happens once, and that any number of tasks wait for.
final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiters = Waiters()
    }

    private let state = Mutex(State())

    /// Whether it has happened.
    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// It happens.
    func open() {
        state.withLock { state in
            state.isOpen = true
            return state.waiters.takeAll()
        }.resume()
    }

    /// Waits until it has happened, or the task is cancelled.
    func wait() async {
        let id = state.withLock { $0.waiters.makeID() }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.isOpen || Task.isCancelled { return true }
                    state.waiters.add(continuation, id: id)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.remove(id: id) }?.resume()
        }
    }
}

/// Counts things that are alive, such as handlers or connections, and lets a shutdown wait until none is.
final class LiveCount: Sendable {
    private struct State {
        var count = 0
        var waiters = Waiters()
    }

    private let state = Mutex(State())

    var value: Int { state.withLock { $0.count } }

    func enter() { state.withLock { $0.count += 1 } }

    func leave() {
        state.withLock { state in
            state.count -= 1
            return state.count == 0 ? state.waiters.takeAll() : .none
        }.resume()
    }

    /// Waits until the count is 0, or the task is cancelled.
    func waitUntilNone() async {
        let id = state.withLock { $0.waiters.makeID() }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.count == 0 || Task.isCancelled { return true }
                    state.waiters.add(continuation, id: id)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.remove(id: id) }?.resume()
        }
    }
}
