import Formats
import Hummingbird
import JobCore
import JobStore

/// What can be wrong with a request.
extension Problem {
    /// What came is no request, or one that nothing can be made of.
    static func malformedRequest(_ detail: String) -> Problem {
        Problem(
            slug: "malformed-request",
            status: .badRequest,
            title: "The request is malformed",
            detail: detail
        )
    }

    /// The path and the parameters are longer than any that can be meant.
    static func uriTooLong(limit: Int) -> Problem {
        Problem(
            slug: "uri-too-long",
            status: .uriTooLong,
            title: "The URI is too long",
            detail: "The path and its parameters may have \(limit) bytes at most."
        )
    }

    /// The body is not JSON, or not an object.
    static func malformedJSON(_ error: JSONError) -> Problem {
        Problem(
            slug: "malformed-json",
            status: .badRequest,
            title: "The body is not a JSON object",
            detail: "The body cannot be read as a JSON object: \(error)."
        )
    }

    /// Members or parameters do not have the values they may have.
    static func invalid(_ errors: [FieldError]) -> Problem {
        Problem(
            slug: "validation-failed",
            status: .unprocessableContent,
            title: "The request is not valid",
            detail: errors.count == 1 ? "One field is not valid." : "\(errors.count) fields are not valid.",
            errors: errors
        )
    }

    /// The body is larger than any that can be meant.
    static func bodyTooLarge(limit: Int) -> Problem {
        Problem(
            slug: "content-too-large",
            status: .contentTooLarge,
            title: "The body is too large",
            detail: "A body may have \(limit) bytes at most."
        )
    }

    /// One member of the body is larger than it may be.
    static func memberTooLarge(_ field: String, bytes: Int, limit: Int) -> Problem {
        let error = FieldError(field: field, detail: "has \(bytes) bytes; at most \(limit) are allowed")
        return Problem(
            slug: "content-too-large",
            status: .contentTooLarge,
            title: "The body is too large",
            detail: "The \(field) is too large. Store large data elsewhere and put a reference into the job.",
            errors: [error]
        )
    }

    /// The body is of a type, or coded in a way, that is not read here.
    ///
    /// - Parameter types: The types that are read.
    static func unsupportedMediaType(_ detail: String, _ types: [String]) -> Problem {
        Problem(
            slug: "unsupported-media-type",
            status: .unsupportedMediaType,
            title: "The body's type is not supported",
            detail: detail,
            headers: [.accept: types.joined(separator: ", "), .acceptEncoding: "identity"]
        )
    }

    /// The path names nothing.
    static let notFound = Problem(
        slug: "not-found",
        status: .notFound,
        title: "Not found",
        detail: "There is nothing at this path."
    )

    /// No job of this id can be seen by who asks.
    static let jobNotFound = Problem(
        slug: "not-found",
        status: .notFound,
        title: "Not found",
        detail: "There is no job with this id."
    )

    /// The job's state does not allow what is asked.
    ///
    /// - Parameter action: What cannot be done to it, such as `cancelled`.
    static func conflict(_ job: Job?, action: String) -> Problem {
        Problem(
            slug: "state-conflict",
            status: .conflict,
            title: "The job's state does not allow this",
            detail: "The job is \(job?.state.rawValue ?? "changing") and cannot be \(action)."
        )
    }

    /// No dead letter of this id.
    static let deadLetterNotFound = Problem(
        slug: "not-found",
        status: .notFound,
        title: "Not found",
        detail: "There is no dead letter with this id."
    )

    /// The idempotency key belongs to another request.
    static let idempotencyKeyReused = Problem(
        slug: "idempotency-key-reused",
        status: .unprocessableContent,
        title: "The idempotency key was used before",
        detail:
            "Another request was sent under this Idempotency-Key, and nothing was stored. Use a new key for a new request.",
        errors: [FieldError(field: "Idempotency-Key", detail: "was sent with another body before")]
    )

    /// The first job of an idempotency key is no longer on record.
    static let repeatedJobGone = Problem(
        slug: "gone",
        status: .gone,
        title: "The job is no longer on record",
        detail: "The request was sent before, and the job that it made has been removed since. Nothing was stored."
    )

    /// The path answers with none of the types that the client takes.
    static func notAcceptable(_ types: [String]) -> Problem {
        Problem(
            slug: "not-acceptable",
            status: .notAcceptable,
            title: "No such type to answer with",
            detail:
                "This path answers with \(types.joined(separator: ", ")). Name one of them in Accept, or leave it out."
        )
    }

    /// The path is there, but not for this method.
    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> Problem {
        let list = allowed.listed
        return Problem(
            slug: "method-not-allowed",
            status: .methodNotAllowed,
            title: "The method is not allowed here",
            detail: "This path answers \(list).",
            headers: [.allow: list]
        )
    }
}

extension [HTTPRequest.Method] {
    /// The methods as `Allow` lists them.
    var listed: String { map(\.rawValue).joined(separator: ", ") }
}
