import Hummingbird

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
    static let queueNotFound = Problem(
        slug: "not-found",
        status: .notFound,
        title: "Not found",
        detail: "There is no queue of this name."
    )

    /// As many listen as may.
    static let tooManyListeners = Problem(
        slug: "too-many-listeners",
        status: .serviceUnavailable,
        title: "Too many clients listen to events",
        detail:
            "\(EventListeners.maxListeners) clients listen to this instance, which is as many as may. Try again later.",
        headers: [.retryAfter: "10"]
    )
}
