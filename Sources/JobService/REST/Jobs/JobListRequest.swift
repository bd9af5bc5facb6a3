import Hummingbird
import HummingbirdCore
import JobCore
import JobStore

/// The query of `GET /jobs`: reads and checks it.
struct JobListRequest {
    private static let known = JobFilter.names + ["limit", "cursor", "offset", "fields"]
    /// Rows passed over cost as much as rows read; a cursor goes anywhere for nothing.
    private static let maxOffset = 100_000

    /// Which jobs to list.
    let filter: JobFilter
    /// Where the page begins; nil means at the newest job.
    let cursor: JobCursor?
    /// The most jobs on the page.
    let limit: Int
    /// What to tell of them.
    let fields: JobFields

    /// Reads a query.
    ///
    /// - Parameter principal: Who asks.
    /// - Throws: ``Problem`` that names every parameter that is wrong.
    init(_ uri: URI, by principal: Principal) throws(Problem) {
        var reader = QueryReader(uri, known: Self.known)
        filter = JobFilter(&reader, by: principal)
        limit = reader.integer("limit", in: 1...500, default: 50)
        let offset = reader.integer("offset", in: 0...Self.maxOffset, default: 0)
        var cursor = reader.cursor { JobCursor($0) }
        // The page before may have ended while it passed jobs over; what was left of that stands in its cursor.
        if offset > 0, cursor?.offset ?? 0 == 0 { cursor = JobCursor(before: cursor?.before ?? .last, offset: offset) }
        self.cursor = cursor
        fields = JobFields(&reader)
        try reader.errors.check()
    }
}
