import Postgres

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
