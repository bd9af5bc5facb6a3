import Formats
import JobCore
import JobStore

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

extension ToldOperation {
    /// How many operations are looked at.
    private static let most = 100

    /// Reads the newest operations.
    ///
    /// - Throws: What the store throws.
    static func newest(in store: BulkOperationStore) async throws -> [ToldOperation] {
        try await store.operations(of: nil, nil, after: nil, limit: most).map(ToldOperation.init)
    }

    private init(_ operation: BulkOperation) {
        var writer = JSONWriter()
        operation.write(to: &writer)
        self.init(
            id: operation.id.description,
            tenant: operation.tenant.map(TenantName.init(validated:)),
            isOver: operation.finishedAt != nil,
            json: writer.bytes
        )
    }
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
