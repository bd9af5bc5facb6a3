import Hummingbird
import HummingbirdCore
import JobCore

/// The query of `GET /jobs`: reads and checks it.
struct JobListRequest {
    private static let known = [
        "status", "type", "queue", "queue_name", "tag", "created_after", "created_before", "limit", "cursor",
        "offset", "fields",
    ]
    /// Rows passed over cost as much as rows read; a cursor goes anywhere for nothing.
    private static let maxOffset = 100_000

    /// Which jobs to list.
    let filter: JobFilter
    /// What to tell of them.
    let fields: JobFields

    /// Reads a query.
    ///
    /// - Parameter tenant: Whose jobs may be listed; nil means everybody's.
    /// - Throws: ``Problem`` that names every parameter that is wrong.
    init(_ uri: URI, tenant: TenantName?) throws(Problem) {
        var reader = QueryReader(uri, known: Self.known)
        var filter = JobFilter(
            tenant: tenant,
            limit: reader.integer("limit", in: 1...500, default: 50),
            offset: reader.integer("offset", in: 0...Self.maxOffset, default: 0)
        )
        filter.state = reader.choice("status", of: JobState.self)
        filter.type = reader.name("type", as: JobType.self)
        filter.queue = reader.name("queue", as: QueueName.self) ?? reader.name("queue_name", as: QueueName.self)
        filter.tag = reader.read("tag", expected: TagRule.expected) { TagRule.allows($0) ? $0 : nil }
        filter.createdAfter = reader.time("created_after")
        filter.createdBefore = reader.time("created_before")
        filter.before = reader.cursor { JobID($0) }
        if reader.text("queue") != nil, reader.text("queue_name") != nil {
            reader.refuse("queue_name", "means the same as 'queue'; give only one of them")
        }
        fields = JobFields(&reader)
        try reader.errors.check()
        self.filter = filter
    }
}
