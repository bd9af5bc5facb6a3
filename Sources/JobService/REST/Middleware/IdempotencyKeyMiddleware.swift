import HTTPTypes
import Hummingbird
import JobCore

/// Refuses an `Idempotency-Key` where it would not be honoured, so that nobody relies on it in vain.
///
/// What is neither POST nor PATCH may be sent again as it is (RFC 9110, section 9.2.2), so the key is passed over there.
struct IdempotencyKeyMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    /// The calls under whose key a job is made once.
    private static let honouring: Set = ["/jobs", "/tasks/submit", "/schedules/{id}/trigger"]

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        if request.method == .post || request.method == .patch, let name = Request.idempotencyKeyName,
            request.headers[name] != nil, let path = context.endpointPath, !Self.honouring.contains(path)
        {
            let detail = "is not honoured by this call, only by POST \(Self.honouring.sorted().joined(separator: ", "))"
            throw Problem.invalid([FieldError(field: name.rawName, detail: detail)])
        }
        return try await next(request, context)
    }
}

extension Request {
    fileprivate static let idempotencyKeyName = HTTPField.Name("Idempotency-Key")

    /// The request's `Idempotency-Key`; nil when it has none.
    ///
    /// - Throws: ``Problem`` that names the header when the key is not valid or given twice.
    func idempotencyKey() throws(Problem) -> IdempotencyKey? {
        guard let name = Self.idempotencyKeyName else { return nil }
        let values = headers[values: name]
        guard let value = values.first else { return nil }
        guard values.count == 1 else { throw .invalid([FieldError(field: name.rawName, detail: "is given twice")]) }
        do {
            return try IdempotencyKey(value)
        } catch {
            throw .invalid([FieldError(field: name.rawName, detail: "\(error)")])
        }
    }
}

extension Response {
    /// The answer to a request that made a job.
    static func created(_ job: JobID, body: [UInt8]) -> Response {
        Response(.created, contentType: "application/json", headers: [.location: "/jobs/\(job)"], body: body)
    }

    /// The answer to a request that was sent before, and made a job then.
    static func replay(of job: JobID, body: [UInt8]) -> Response {
        var headers: HTTPFields = [.location: "/jobs/\(job)"]
        if let name = HTTPField.Name("Idempotent-Replayed") { headers[name] = "true" }
        return Response(.ok, contentType: "application/json", headers: headers, body: body)
    }
}
