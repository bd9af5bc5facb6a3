package import Postgres

/// Runs a batch again when PostgreSQL chose it as the victim of a deadlock or a serialisation failure: nothing of it was done.
///
/// - Throws: What the body throws, at the latest the third conflict.
package func retryingConflicts<Result>(_ body: () async throws -> Result) async throws -> Result {
    for _ in 0..<2 {
        do {
            return try await body()
        } catch let error as PostgresError where error.isConflict {
            continue
        }
    }
    return try await body()
}

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
