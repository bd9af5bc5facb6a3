import Hummingbird
import HummingbirdCore
import JobCore
import JobStore

/// The query of `GET /jobs`: reads and checks it.
struct JobListRequest {
    private static let known = [
        "state", "status", "type", "queue", "queue_name", "tag", "created_after", "created_before", "limit", "cursor",
        "offset", "fields", "parent",
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
        filter.state = reader.choice(reader.name(of: "state", or: "status"), of: JobState.self)
        filter.type = reader.name("type", as: JobType.self)
        filter.queue = reader.name(reader.name(of: "queue", or: "queue_name"), as: QueueName.self)
        filter.tag = reader.read("tag", expected: TagRule.expected) { TagRule.allows($0) ? $0 : nil }
        filter.createdAfter = reader.time("created_after")
        filter.createdBefore = reader.time("created_before")
        filter.parent = reader.read("parent", expected: "a job's id") { JobID($0) }
        filter.before = reader.cursor { JobID($0) }
        fields = JobFields(&reader)
        try reader.errors.check()
        self.filter = filter
    }
}

/// A page of jobs, newest first.
struct JobPage {
    /// Payloads and results on a page have about so many bytes at most: a page ends early rather than fill the memory.
    private static let maxBytes = 8 << 20
    /// As long as it is not known how large the jobs are, few are read at once.
    private static let firstStep = 16

    /// The jobs, at most as many as were asked for.
    private(set) var jobs: [Job] = []
    /// Where the next page begins; nil when there is none. After a page that ended early, the next one may be empty.
    private(set) var next: JobID?

    /// Reads a page.
    ///
    /// - Throws: What the reader throws.
    init(matching filter: JobFilter, from reader: JobReader) async throws {
        // One more than is asked for tells whether there is another page.
        let wanted = filter.limit + 1
        var filter = filter
        var bytes = 0
        var step = Self.firstStep
        while jobs.count < wanted, bytes < Self.maxBytes {
            filter.limit = min(step, wanted - jobs.count)
            let found = try await reader.jobs(matching: filter)
            jobs += found
            bytes += found.reduce(0) { $0 + $1.payload.count + ($1.result?.count ?? 0) }
            guard found.count == filter.limit else { return }
            filter.before = found.last?.id
            filter.offset = 0
            step = max(1, (Self.maxBytes - bytes) * jobs.count / max(1, bytes))
        }
        if jobs.count == wanted { jobs.removeLast() }
        next = jobs.last?.id
    }
}
