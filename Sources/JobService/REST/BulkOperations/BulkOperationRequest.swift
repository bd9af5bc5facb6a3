import Formats
import JobCore
import JobStore

/// The body of `POST /operations`: reads and checks it.
struct BulkOperationRequest {
    private static let known = ["kind", "filter", "ids", "dry_run", "rate", "limit", "payload"]
    private static let rates = 0.01...100_000.0
    private static let limits = 1...1_000_000_000

    /// What is to be done.
    let operation: NewBulkOperation
    /// Whether to say only what it would be meant for.
    let isDryRun: Bool

    /// Reads a body.
    ///
    /// - Parameter principal: Who asks, and may mean its own tenant's jobs alone unless it is an administrator.
    /// - Throws: ``Problem`` that names every member that is wrong.
    init(_ body: JSONObjectSlice, by principal: Principal) throws(Problem) {
        var reader = MemberReader(body, known: Self.known)
        let kind = reader.choice("kind", of: BulkOperation.Kind.self)
        if kind == nil, reader.value("kind") == nil {
            reader.refuse("kind", "must be given: one of retry, cancel, delete")
        }
        let ids = Self.ids(&reader)
        let filter = reader.object("filter", known: JobFilter.members) { filter in
            var read = JobFilter(&filter)
            if kind == .delete, read == JobFilter() {
                filter.refuse("state", "or another member must be given: what would delete everything must say so")
            }
            filter.confine(&read.tenant, to: principal)
            return read
        }
        if (reader.value("ids") == nil) == (reader.value("filter") == nil) {
            reader.refuse("filter", "give either 'ids' or 'filter'")
        }
        isDryRun = reader.bool("dry_run") ?? false
        let rate = reader.number("rate", in: Self.rates, expected: "a number of jobs per second from 0.01 to 100000")
        let limit = reader.integer("limit", in: Self.limits)
        let patch = reader.value("payload")
        if let patch, patch.kind != .object {
            reader.refuse("payload", "must be an object, a merge patch (RFC 7396), got \(patch.brief)")
        }
        if patch != nil, let kind, kind != .retry { reader.refuse("payload", "is for a retry alone") }
        try reader.errors.check()
        let tenant = filter?.tenant ?? principal.visibleTenant
        let selection =
            if let filter, let json = reader.value("filter") {
                BulkOperationSelection(.init(filter, json: Array(json.rawBytes)), of: tenant)
            } else {
                BulkOperationSelection(ids ?? [], of: tenant)
            }
        operation = NewBulkOperation(
            kind ?? .retry,
            selection,
            patch: patch.map { Array($0.rawBytes) },
            limit: limit,
            rate: rate
        )
    }

    /// The ids that are named, each once.
    private static func ids(_ reader: inout MemberReader) -> [JobID]? {
        guard let value = reader.value("ids") else { return nil }
        let ids = value.array?.map { $0.string.flatMap { JobID($0) } }
        guard let ids, (1...BulkOperationStore.mostNamed).contains(ids.count), !ids.contains(nil) else {
            reader.refuse("ids", "must be an array of 1 to \(BulkOperationStore.mostNamed) job ids")
            return nil
        }
        var seen: Set<JobID> = []
        return ids.compactMap { $0 }.filter { seen.insert($0).inserted }
    }
}
