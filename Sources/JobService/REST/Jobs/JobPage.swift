import JobCore

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
