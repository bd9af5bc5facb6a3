import Foundation
import HummingbirdCore
import JobCore

/// The query of a call that lists accounts or keys: reads and checks it.
struct PageRequest {
    /// The most things on the page.
    let limit: Int
    /// The last of the page before.
    let cursor: UUID?
    /// Whose; nil means everybody's.
    let tenant: TenantName?

    /// Reads a query.
    ///
    /// - Throws: ``Problem`` that names every parameter that is wrong.
    init(_ uri: URI) throws(Problem) {
        var reader = QueryReader(uri, known: ["tenant", "limit", "cursor"])
        limit = reader.integer("limit", in: 1...500, default: 50)
        cursor = reader.cursor { UUID(uuidString: $0) }
        tenant = reader.name("tenant", as: TenantName.self)
        try reader.errors.check()
    }
}
