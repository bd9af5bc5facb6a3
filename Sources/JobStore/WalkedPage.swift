import Postgres

/// What a walk that may look at so many rows found.
public struct WalkedPage<Element: Sendable>: Sendable {
    /// How many rows a page may look at.
    public static var budget: Int { 10_000 }

    /// What is meant, in the order of the walk.
    public private(set) var elements: [Element] = []
    /// After what the next page begins, whether it is meant or not; nil when there is none.
    public private(set) var last: Element?
    /// Whether there are as many as were asked for, or all that are left. Otherwise the page ended early, as it had looked at as many rows as
    /// it may; there may be more, or none.
    public private(set) var isComplete = true

    /// Reads what a statement found that tells of each row whether it is meant (`is_match`) and which it is of those that were looked at
    /// (`number`), and of the last one of these in any case.
    ///
    /// - Parameters:
    ///   - limit: How many a page has at most. The statement was asked for one more.
    ///   - budget: How many rows the statement may have looked at.
    init(_ rows: PostgresRows, limit: Int, budget: Int, _ read: (PostgresRow) throws -> Element) throws {
        for row in rows {
            let element = try read(row)
            if try row.decode("is_match", as: Bool.self) { elements.append(element) }
            if elements.count > limit { break }
            last = try row.decode("number", as: Int64.self) < budget ? nil : element
        }
        if elements.count > limit {
            elements.removeLast()
            last = elements.last
        }
        isComplete = last == nil || elements.count == limit
    }
}
