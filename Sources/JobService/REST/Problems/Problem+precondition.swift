import Hummingbird
import JobCore

/// What can be wrong with the state that a request takes for granted.
extension Problem {
    /// The queue is not what the client takes it for.
    static let preconditionFailed = Problem(
        slug: "precondition-failed",
        status: .preconditionFailed,
        title: "It was changed meanwhile",
        detail: "None of the entity tags in If-Match is the present one, and nothing was changed. Read it again first."
    )

    /// No queue of this name was ever used or spoken of.
    static func queueNotFound(_ queue: TenantQueue) -> Problem {
        Problem(
            slug: "not-found",
            status: .notFound,
            title: "Not found",
            detail: """
                No job was ever submitted to a queue '\(queue.queue)' of tenant '\(queue.tenant)', and nothing was said about it. Its first \
                job makes it; PUT /queues/\(queue.queue) with {"max_depth": null} makes it without one.
                """
        )
    }

    /// No worker of this id holds a lease.
    static let workerNotFound = Problem(
        slug: "not-found",
        status: .notFound,
        title: "Not found",
        detail: "There is no worker with this id. GET /workers lists those that hold a lease."
    )

    /// The queue has something to do.
    static func queueInUse(_ queue: TenantQueue) -> Problem {
        Problem(
            slug: "queue-in-use",
            status: .conflict,
            title: "The queue is in use",
            detail:
                "Queue '\(queue.queue)' of tenant '\(queue.tenant)' has jobs or dead letters, or a schedule makes jobs for it."
        )
    }

    /// What clients share places for; see ``FairPlaces``.
    enum Shared {
        case listen, waitForJob, read
    }

    /// As many listen, wait for jobs or wait to read as may.
    static func noPlace(to purpose: Shared, _ refusal: FairPlaces.Refusal) -> Problem {
        let (status, whose): (HTTPResponse.Status, String) =
            switch refusal {
            case .principal: (.tooManyRequests, "This account or key has")
            case .tenant: (.tooManyRequests, "Your tenant has")
            case .process: (.serviceUnavailable, "The tenants of this instance have")
            }
        let (slug, title, what, seconds) =
            switch purpose {
            case .listen:
                ("too-many-listeners", "Too many clients listen to events", "as many streams of events", 10)
            case .waitForJob:
                ("too-many-waiters", "Too many requests wait for jobs", "as many requests that wait for jobs", 2)
            case .read:
                ("too-many-readers", "Too many requests wait to read", "as many requests that wait to read", 2)
            }
        return Problem(
            slug: slug,
            status: status,
            title: title,
            detail: "\(whose) \(what) as may be at once. Try again later, or end one first.",
            headers: [.retryAfter: "\(seconds)"]
        )
    }
}

/// What can be wrong with a request about a schedule.
extension Problem {
    /// No schedule of this id can be seen by who asks.
    static let scheduleNotFound = Problem(
        slug: "not-found",
        status: .notFound,
        title: "Not found",
        detail: "There is no schedule with this id."
    )

    /// Another schedule has the name.
    static func scheduleNameTaken(_ name: ScheduleName) -> Problem {
        Problem(
            slug: "name-taken",
            status: .conflict,
            title: "The name is taken",
            detail: "There is another schedule with the name '\(name)'. Choose another name, or change that schedule.",
            errors: [FieldError(field: "name", detail: "is the name of another schedule")]
        )
    }

    /// The schedule is not the one that the client has seen (RFC 9110, section 15.5.13).
    static func scheduleOutdated(version: Int) -> Problem {
        Problem(
            slug: "precondition-failed",
            status: .preconditionFailed,
            title: "The schedule was changed meanwhile",
            detail:
                "The schedule has version \(version) now, and nothing was changed. Read it again before you change it.",
            headers: [.eTag: "\"\(version)\""]
        )
    }
}
