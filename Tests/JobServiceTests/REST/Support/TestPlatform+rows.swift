import Foundation
import Postgres
import Testing

extension TestPlatform {
    /// The trace that a live job carries, which no call shows.
    func trace(of id: String) async throws -> String? {
        let statement = PostgresStatement("trace", "select trace from jobs_live where id = $1")
        let rows = try await pool.query(statement, try #require(UUID(uuidString: id)))
        return try #require(rows.first).decode("trace", as: String?.self)
    }
}
