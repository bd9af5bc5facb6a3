import Synchronization

/// What one connection has prepared, bounded, with the least recently used forgotten first.
final class PreparedStatements: Sendable {
    private struct Entry {
        let prepared: PreparedStatement
        var lastUse: UInt64
    }

    private struct State {
        var entries: [PostgresStatement: Entry] = [:]
        /// Names that the server still has and nobody uses any more.
        var retired: [String] = []
        var uses: UInt64 = 0
        var names: UInt64 = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// The prepared form of a statement, which thereby counts as used.
    func find(_ statement: PostgresStatement) -> PreparedStatement? {
        state.withLock { state in
            state.uses += 1
            state.entries[statement]?.lastUse = state.uses
            return state.entries[statement]?.prepared
        }
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
            state.uses += 1
            let previous = state.entries.updateValue(
                Entry(prepared: prepared, lastUse: state.uses),
                forKey: prepared.statement
            )
            if let previous { state.retired.append(previous.prepared.serverName) }
            while state.entries.count > limit,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.entries[oldest.key] = nil
                state.retired.append(oldest.value.prepared.serverName)
            }
        }
    }

    /// Forgets a statement that the server refused as stale, unless it has been prepared anew meanwhile.
    func remove(_ prepared: PreparedStatement) {
        state.withLock { state in
            guard state.entries[prepared.statement]?.prepared === prepared else { return }
            state.entries[prepared.statement] = nil
            state.retired.append(prepared.serverName)
        }
    }

    /// Forgets everything, as the server has.
    func removeAll() {
        state.withLock { state in
            state.entries = [:]
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
