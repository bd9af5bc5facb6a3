/// The dead letters that something is to be done with.
public struct DeadLetterSelection: Hashable, Sendable {
    /// What they must be.
    public var filter: DeadLetterFilter
    /// Which they are; nil means all that the filter is meant for.
    public var ids: [JobID]?

    /// Dead letters of certain ids, or all that a filter is meant for.
    public init(filter: DeadLetterFilter = DeadLetterFilter(), ids: [JobID]? = nil) {
        self.filter = filter
        self.ids = ids
    }

    /// What the audit log calls them: the id of a single one.
    var target: String {
        guard let ids else { return "filter" }
        return ids.count == 1 ? ids[0].description : "ids"
    }
}
