import Foundation
import Hummingbird
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
    /// - Parameter filters: The parameters there are besides `limit` and `cursor`.
    /// - Throws: ``Problem`` that names every parameter that is wrong.
    init(_ uri: URI, filters: [String]) throws(Problem) {
        var reader = QueryReader(uri, known: filters + ["limit", "cursor"])
        limit = reader.integer("limit", in: 1...500, default: 50)
        cursor = reader.read("cursor", expected: "the next_cursor of an earlier answer") { UUID(uuidString: $0) }
        tenant = reader.name("tenant", as: TenantName.self)
        try reader.errors.check()
    }
}

extension Response {
    /// A page of things, and where the next page begins.
    ///
    /// - Parameters:
    ///   - name: What they are called.
    ///   - found: The things, one more than the page has when there is another page.
    ///   - cursor: What names the last of a page.
    ///   - write: Writes one.
    static func page<Element>(
        _ name: String,
        _ found: [Element],
        limit: Int,
        cursor: (Element) -> String,
        write: (Element, inout JSONWriter) -> Void
    ) -> Response {
        let page = found.prefix(limit)
        var writer = JSONWriter(reservingCapacity: 64 + page.count * 256)
        writer.object { object in
            object.name(name)
            object.array { array in
                for element in page { write(element, &array) }
            }
            object.member("next_cursor", orNull: found.count > limit ? page.last.map(cursor) : nil)
        }
        return Response(.ok, json: writer)
    }
}
