import Formats
import Foundation
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
    static func malformedJSON(_ error: JSONError) -> Problem { Problem(JobProblem.malformedJSON(error)) }

    /// What a call about jobs is refused with.
    init(_ problem: JobProblem) {
        self.init(
            slug: problem.slug,
            status: HTTPResponse.Status(integerLiteral: problem.status),
            title: problem.title,
            detail: problem.detail,
            errors: problem.errors
        )
    }

    /// Members or parameters do not have the values they may have.
    static func invalid(_ errors: [FieldError]) -> Problem { Problem(JobProblem.invalid(errors)) }

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
        Problem(JobProblem.memberTooLarge(field, bytes: bytes, limit: limit))
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
    static let jobNotFound = Problem(JobProblem.notFound)

    /// The job has no result.
    static let noResult = Problem(
        slug: "not-found",
        status: .notFound,
        title: "Not found",
        detail: "The job has no result: it has not completed, or its handler returned none."
    )

    /// The job's state does not allow what is asked.
    ///
    /// - Parameter action: What cannot be done to it, such as `cancelled`.
    static func conflict(_ job: Job?, action: String) -> Problem {
        Problem(JobProblem.conflict(job?.state, action: action))
    }

    /// No dead letter of this id.
    static let deadLetterNotFound = Problem(
        slug: "not-found",
        status: .notFound,
        title: "Not found",
        detail: "There is no dead letter with this id."
    )

    /// The idempotency key belongs to another request.
    static let idempotencyKeyReused = Problem(JobProblem.idempotencyKeyReused)

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

extension FieldErrors {
    /// Ends the gathering.
    ///
    /// - Throws: ``Problem`` when anything is wrong.
    func check() throws(Problem) {
        if let problem { throw Problem(problem) }
    }
}

extension NewJob {
    /// Makes a job of the body of `POST /jobs`; see ``NewJobRequest``.
    init(_ body: JSONObjectSlice, tenant: TenantName, trace: String?, now: Date) throws(Problem) {
        do {
            self = try NewJobRequest(body, tenant: tenant, trace: trace, now: now).job
        } catch {
            throw Problem(error)
        }
    }
}
