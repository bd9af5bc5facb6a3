import Concurrency
import Synchronization

/// What one connection has prepared, bounded, with the least recently used forgotten first.
final class PreparedStatements: Sendable {
    private struct State {
        var entries: LRUCache<PostgresStatement, PreparedStatement>
        /// Names that the server still has and nobody uses any more.
        var retired: [String] = []
        var names: UInt64 = 0
    }

    private let limit: Int
    private let state: Mutex<State>

    init(limit: Int) {
        self.limit = max(1, limit)
        state = Mutex(State(entries: LRUCache(capacity: self.limit)))
    }

    /// The prepared form of a statement, which thereby counts as used.
    func find(_ statement: PostgresStatement) -> PreparedStatement? {
        state.withLock { $0.entries.value(for: statement) }
    }

    /// A name that this connection has not used before. The server cuts names at 63 bytes.
    func makeServerName(for statement: PostgresStatement) -> String {
        state.withLock { state in
            state.names += 1
            return "\(statement.name.utf8.count > 40 ? "statement" : statement.name)_\(state.names)"
        }
    }

    func insert(_ prepared: PreparedStatement) {
        state.withLock { state in
            let forgotten = state.entries.set(prepared, for: prepared.statement)
            if let forgotten { state.retired.append(forgotten.serverName) }
        }
    }

    /// Forgets a statement that the server refused as stale, unless it has been prepared anew meanwhile.
    func remove(_ prepared: PreparedStatement) {
        state.withLock { state in
            guard state.entries.peek(prepared.statement) === prepared else { return }
            state.entries.remove(prepared.statement)
            state.retired.append(prepared.serverName)
        }
    }

    /// Forgets everything, as the server has.
    func removeAll() {
        state.withLock { state in
            state.entries = LRUCache(capacity: limit)
            state.retired = []
        }
    }

    /// Hands out the names that the server may forget.
    func takeRetired() -> [String] {
        state.withLock { state in
            defer { state.retired = [] }
            return state.retired
        }
    }
}
