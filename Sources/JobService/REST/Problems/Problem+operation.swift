import Hummingbird
import JobStore

/// What can be wrong with a call about an operation.
extension Problem {
    /// No operation of this id can be seen by who asks.
    static let operationNotFound = Problem(
        slug: "not-found",
        status: .notFound,
        title: "Not found",
        detail: "There is no operation with this id. Those that have ended are kept for 30 days."
    )

    /// The operation has ended, and not because it was stopped.
    static func operationEnded(_ operation: BulkOperation) -> Problem {
        Problem(
            slug: "operation-ended",
            status: .conflict,
            title: "The operation has ended",
            detail: "The operation is \(operation.state.rawValue) and cannot be stopped."
        )
    }

    /// As many operations go on as may at once.
    static func tooManyOperations(_ error: TooManyOperations) -> Problem {
        Problem(
            slug: "too-many-operations",
            status: .tooManyRequests,
            title: "Too many operations go on",
            detail: "Nothing was done: \(error).",
            headers: [.retryAfter: "10"]
        )
    }
}
