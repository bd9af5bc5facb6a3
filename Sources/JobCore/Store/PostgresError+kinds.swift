package import Postgres

extension PostgresError {
    /// Whether PostgreSQL undid the transaction only because another one was in its way.
    package var isConflict: Bool {
        sqlState == .deadlockDetected || sqlState == .serializationFailure
    }

    /// Whether a value is at fault, so that the same statement may succeed without it: SQLSTATE classes 22 (data exception)
    /// and 23 (integrity constraint violation).
    package var isCausedByData: Bool {
        kind == .encoding || sqlState.map { $0.errorClass == "22" || $0.errorClass == "23" } ?? false
    }
}
