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
