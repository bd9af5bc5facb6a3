import Foundation
public import JobCore
import Postgres

/// Jobs that were changed or removed together, for who tells listeners of each tenant.
public struct JobsByTenant: Sendable {
    /// The jobs of each tenant; of none that has none.
    public private(set) var jobs: [TenantName: [JobID]] = [:]
    /// How many there are.
    public private(set) var count = 0

    /// No jobs.
    public init() {}

    /// The jobs of rows with the columns `id` and `tenant`.
    init(_ rows: some Sequence<PostgresRow>) throws {
        for row in rows { try add(row) }
    }

    /// Adds the job of such a row.
    mutating func add(_ row: PostgresRow) throws {
        let tenant = TenantName(validated: try row.decode("tenant", as: String.self))
        jobs[tenant, default: []].append(JobID(try row.decode("id", as: UUID.self)))
        count += 1
    }
}
