import Formats
import JobCore
import JobStore

/// The body of `POST /dead-letters/replay`: reads and checks it.
struct ReplayRequest {
    private static let known = ["ids", "filter", "dry_run", "rate", "limit"]
    private static let rates = 0.01...100_000.0

    /// Which dead letters are meant.
    let selection: DeadLetterSelection
    /// Whether to say only which they are.
    let isDryRun: Bool
    /// How many become due in a second; nil for all at once.
    let rate: Double?
    /// The most to replay.
    let limit: Int

    /// Reads a body.
    ///
    /// - Parameter principal: Who asks, and may mean its own tenant's alone unless it is an administrator.
    /// - Throws: ``Problem`` that names every member that is wrong.
    init(_ body: JSONObjectSlice, by principal: Principal) throws(Problem) {
        var reader = MemberReader(body, known: Self.known)
        let ids = Self.ids(&reader)
        var filter =
            reader.object("filter", known: DeadLetterFilter.names) { filter in
                var read = DeadLetterFilter(&filter)
                filter.confine(&read.tenant, to: principal)
                return read
            } ?? DeadLetterFilter()
        if (reader.value("ids") == nil) == (reader.value("filter") == nil) {
            reader.refuse("filter", "give either 'ids' or 'filter'; an empty filter means all dead letters")
        }
        isDryRun = reader.bool("dry_run") ?? false
        rate = reader.number(
            "rate",
            in: Self.rates,
            expected: "a number of jobs per second from 0.01 to 100000"
        )
        limit = reader.integer("limit", in: 1...DeadLetterRoutes.maxLimit) ?? DeadLetterRoutes.usualLimit
        try reader.errors.check()
        filter.tenant = principal.visibleTenant ?? filter.tenant
        selection = DeadLetterSelection(filter: filter, ids: ids)
    }

    private static func ids(_ reader: inout MemberReader) -> [JobID]? {
        guard let value = reader.value("ids") else { return nil }
        let ids = value.array?.map { $0.string.flatMap { JobID($0) } }
        guard let ids, (1...DeadLetterStore.maxBatch).contains(ids.count), !ids.contains(nil) else {
            reader.refuse("ids", "must be an array of 1 to \(DeadLetterStore.maxBatch) job ids")
            return nil
        }
        return ids.compactMap { $0 }
    }
}
