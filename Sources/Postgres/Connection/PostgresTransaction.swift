import Synchronization

/// A transaction that is open; its statements are committed or rolled back together.
///
/// Valid inside the closure that it is given to, and there for any task, one statement at a time.
public final class PostgresTransaction: GatedSession {
    let core: ConnectionCore
    private let gate = Gate()
    private let isOver = Atomic<Bool>(false)

    /// The connections whose transactions the current task is inside of.
    @TaskLocal private static var surrounding: [ObjectIdentifier] = []

    init(core: ConnectionCore) {
        self.core = core
    }

    nonisolated(nonsending) func withTurn<Result>(
        _ body: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result {
        try await gate.withTurn {
            guard !isOver.load(ordering: .acquiring) else {
                throw PostgresError(
                    .usage,
                    operation: "use a transaction",
                    message: "the transaction has ended",
                    hint: "Await everything that uses it inside the closure that it is given to."
                )
            }
            return try await body()
        }
    }

    /// Waits for the statement under way and refuses all later ones.
    nonisolated(nonsending) func end() async {
        try? await gate.withTurn(heedsCancellation: false) { isOver.store(true, ordering: .releasing) }
    }

    /// Runs `body` such that a use of the connection itself, which would wait for ever, is noticed.
    nonisolated(nonsending) func asSurrounding<Result>(
        _ body: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result {
        try await Self.$surrounding.withValue(Self.surrounding + [ObjectIdentifier(core)]) { try await body() }
    }

    static func checkNotInside(_ core: ConnectionCore) throws(PostgresError) {
        guard !surrounding.isEmpty, surrounding.contains(ObjectIdentifier(core)) else { return }
        throw PostgresError(
            .usage,
            operation: "use a connection",
            message: "the connection is inside a transaction of this task and would wait for it for ever",
            hint: "Use the transaction that the closure is given."
        )
    }
}
