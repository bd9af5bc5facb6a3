import JobCore

/// An operation as listeners are told of it.
struct ToldOperation: Hashable, Sendable {
    /// Names it.
    var id: String
    /// Whose jobs it is about; nil for everybody's.
    var tenant: TenantName?
    /// Whether it has ended.
    var isOver: Bool
    /// The operation as the API shows it.
    var json: [UInt8]
}

/// Which operations are not as they were told last. Pure.
struct OperationNews {
    /// Those of the last look; nil before the first one.
    private var known: [String: ToldOperation]?

    /// Takes in the newest operations.
    ///
    /// - Returns: Those that go on and are not as they were, and those that have ended since the last look; at the first one those that go on.
    mutating func changes(in found: [ToldOperation]) -> [ToldOperation] {
        let before = known
        known = Dictionary(found.map { ($0.id, $0) }) { $1 }
        return found.filter { operation in
            guard let before else { return !operation.isOver }
            return before[operation.id] != operation
        }
    }
}
