package import Formats

/// Why a call about jobs is refused: what the answer says, apart from how it is sent.
package struct JobProblem: Error, Hashable, Sendable {
    /// Names the kind of problem for programs: the last part of its type's address. Never changes its meaning.
    package var slug: String
    /// The answer's HTTP status.
    package var status: Int
    /// What it is, the same for all problems of the kind.
    package var title: String
    /// What happened this time and what to do about it.
    package var detail: String
    /// What is wrong with the request's members, each by its name.
    package var errors: [FieldError] = []

    /// What is wrong, in one line.
    package var sentence: String {
        errors.isEmpty ? detail : errors.map { "\($0.field) \($0.detail)" }.joined(separator: "; ")
    }

    /// Whether single fields are wrong, so that there may be more of them.
    package var isAboutFields: Bool { status == 422 }

    /// The body is not JSON, or not an object.
    package static func malformedJSON(_ error: JSONError) -> JobProblem {
        JobProblem(
            slug: "malformed-json",
            status: 400,
            title: "The body is not a JSON object",
            detail: "The body cannot be read as a JSON object: \(error)."
        )
    }

    /// Members or parameters do not have the values they may have.
    package static func invalid(_ errors: [FieldError]) -> JobProblem {
        JobProblem(
            slug: "validation-failed",
            status: 422,
            title: "The request is not valid",
            detail: errors.count == 1 ? "One field is not valid." : "\(errors.count) fields are not valid.",
            errors: errors
        )
    }

    /// One member of the body is larger than it may be.
    package static func memberTooLarge(_ field: String, bytes: Int, limit: Int) -> JobProblem {
        JobProblem(
            slug: "content-too-large",
            status: 413,
            title: "The body is too large",
            detail: "The \(field) is too large. Store large data elsewhere and put a reference into the job.",
            errors: [FieldError(field: field, detail: "has \(bytes) bytes; at most \(limit) are allowed")]
        )
    }

    /// One of several jobs is none.
    package static func malformedJob(_ name: String, _ error: JSONError) -> JobProblem {
        JobProblem(
            slug: "malformed-json",
            status: 400,
            title: "A job is not a JSON object",
            detail: "\(name) cannot be read as a JSON object: \(error)."
        )
    }

    /// No job of this id can be seen by who asks.
    package static let notFound = JobProblem(
        slug: "not-found",
        status: 404,
        title: "Not found",
        detail: "There is no job with this id."
    )

    /// The job's state does not allow what is asked.
    ///
    /// - Parameters:
    ///   - state: The job's; nil when it goes on changing.
    ///   - action: What cannot be done to it, such as `cancelled`.
    package static func conflict(_ state: JobState?, action: String) -> JobProblem {
        JobProblem(
            slug: "state-conflict",
            status: 409,
            title: "The job's state does not allow this",
            detail: "The job is \(state?.rawValue ?? "changing") and cannot be \(action)."
        )
    }

    /// Another request was sent under the same idempotency key.
    package static let idempotencyKeyReused = JobProblem(
        slug: "idempotency-key-reused",
        status: 422,
        title: "The idempotency key was used before",
        detail:
            "Another request was sent under this Idempotency-Key, and nothing was stored. Use a new key for a new request.",
        errors: [FieldError(field: "Idempotency-Key", detail: "was sent with another body before")]
    )
}
