import Concurrency
import Hummingbird
import JobCore
import JobStore
import Platform
import Postgres

/// What can be wrong on this side.
extension Problem {
    private static let retrySoon: HTTPFields = [.retryAfter: "1"]

    /// The database cannot be reached, or not in time.
    static let storeUnavailable = Problem(
        slug: "store-unavailable",
        status: .serviceUnavailable,
        title: "The store is not available",
        detail: "The database cannot be reached at the moment, and nothing was changed. Try again in a second.",
        headers: retrySoon
    )

    /// The database went away in the middle.
    static let storeLost = Problem(
        slug: "store-unavailable",
        status: .serviceUnavailable,
        title: "The store is not available",
        detail: "The connection to the database was lost, and what was under way may or may not have been stored.",
        headers: retrySoon
    )

    /// More is being submitted than can be stored.
    static let overloaded = Problem(
        slug: "overloaded",
        status: .serviceUnavailable,
        title: "Too many requests are waiting",
        detail: "More jobs arrive than can be stored, and this one was not taken. Try again in a second.",
        headers: retrySoon
    )

    /// More passwords are to be checked than can be.
    static let loginsOverloaded = Problem(
        slug: "overloaded",
        status: .serviceUnavailable,
        title: "Too many requests are waiting",
        detail: "More passwords are to be checked at once than can be. Try again in a second.",
        headers: retrySoon
    )

    /// More jobs wait in a queue than may.
    static func queueFull(_ error: QueueFull) -> Problem {
        Problem(
            slug: "queue-full",
            status: .serviceUnavailable,
            title: "The queue is full",
            detail: "\(error.limit) jobs wait in the queue already, and this one was not taken. Try again in a second.",
            headers: retrySoon
        )
    }

    /// The tenant has as much of something as it may: 429 for what passes by itself, 422 for what has to be removed first.
    static func limitReached(_ error: TenantLimitReached) -> Problem {
        var problem = Problem(
            slug: "limit-reached",
            status: error.limit.retryAfter == nil ? .unprocessableContent : .tooManyRequests,
            title: "A limit of the tenant is reached",
            detail: "Nothing was done: \(error).",
            limit: error
        )
        if let seconds = error.limit.retryAfter { problem.headers[.retryAfter] = String(seconds) }
        return problem
    }

    /// The tenant submitted as many jobs as it may.
    static func jobBudgetSpent(_ error: JobBudgetSpent) -> Problem {
        var problem = limitReached(error.limit)
        problem.detail = "None was taken: \(error)."
        guard let decision = error.decision else {
            problem.status = .unprocessableContent
            problem.headers = [:]
            return problem
        }
        Quota(rule: error.rule, decision: decision).write(to: &problem.headers)
        return problem
    }

    /// The database has not worked lately, and is not asked.
    static func circuitOpen(_ error: CircuitOpen) -> Problem {
        var problem = storeUnavailable
        problem.headers = [.retryAfter: "\(max(1, Int(error.retryAfter.inSeconds.rounded(.up))))"]
        return problem
    }

    /// The process is about to end.
    static let ending = Problem(
        slug: "ending",
        status: .serviceUnavailable,
        title: "The service is ending",
        detail: "This instance is being shut down. Try again, and another one will answer.",
        headers: retrySoon
    )

    /// Something that should not happen.
    static let unexpected = Problem(
        slug: "internal-error",
        status: .internalServerError,
        title: "Internal error",
        detail: "Something went wrong here. The request id leads to the log entry that tells more."
    )

    /// Tells the client what it may know of an error.
    init(_ error: any Error) {
        self =
            switch error {
            case let problem as Problem: problem
            case is BatcherOverloaded: .overloaded
            case is PasswordHasherBusy: .loginsOverloaded
            case let error as QueueFull: .queueFull(error)
            case let error as TenantLimitReached: .limitReached(error)
            case let error as TenantClosed: .tenantClosed(error)
            case let error as TooManyOperations: .tooManyOperations(error)
            case let error as TenantUnknown: .invalid([FieldError(field: "tenant", detail: "\(error)")])
            case let error as JobBudgetSpent: .jobBudgetSpent(error)
            case let error as FairPlaces.Refusal: .noPlace(to: .read, error)
            case let error as CircuitOpen: .circuitOpen(error)
            case is CallTooLate: .storeLost
            case is CancellationError: .ending
            case let error as PostgresError where error.isConnectionLost: .storeLost
            case let error as PostgresError where error.mayPass: .storeUnavailable
            default: .unexpected
            }
    }
}

extension PostgresError {
    /// Whether the same request may succeed soon, as nothing is wrong with it.
    var mayPass: Bool {
        isTransient || kind == .poolClosed || sqlState == .queryCanceled
    }
}
