import Hummingbird
import JobStore
import Logging
import Postgres

/// Turns what a route throws into a problem document, and writes the request's line into the log.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    private let allowedMethods: AllowedMethods

    /// Tells a wrong method from a wrong path by the routes there are.
    init(allowedMethods: AllowedMethods) {
        self.allowedMethods = allowedMethods
    }

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        do {
            let response = try await next(request, context)
            log(request, context, response.status, start, error: nil)
            return response
        } catch let error as BodyUnreadable {
            // There is nobody left to answer; the server ends the connection.
            context.requestLogger.debug("a request broke off", metadata: ["error": "\(error.cause)"])
            throw error.cause
        } catch let error as HTTPError where error.status == .notFound && request.method == .options {
            // No route is for OPTIONS: what a path answers is known of all of them (RFC 9110, section 9.3.7).
            let methods = allowedMethods.at(request.uri.path)
            let response =
                methods.isEmpty
                ? Problem.notFound.response(path: request.uri.path, requestID: context.requestID)
                : Response(status: .noContent, headers: [.allow: methods.listed])
            log(request, context, response.status, start, error: nil)
            return response
        } catch {
            let problem = problem(for: error, request)
            log(request, context, problem.status, start, error: error)
            let response = problem.response(path: request.uri.path, requestID: context.requestID)
            // The answer to HEAD has no body; one would be taken for the beginning of the next answer.
            return request.method == .head ? response.createHeadResponse() : response
        }
    }

    private func problem(for error: any Error, _ request: Request) -> Problem {
        // The router throws it when no route fits; routes themselves throw problems.
        guard let error = error as? HTTPError, error.status == .notFound else { return Problem(error) }
        let methods = allowedMethods.at(request.uri.path)
        return methods.isEmpty ? .notFound : .methodNotAllowed(methods)
    }

    private func log(
        _ request: Request,
        _ context: RESTContext,
        _ status: HTTPResponse.Status,
        _ start: ContinuousClock.Instant,
        error: (any Error)?
    ) {
        let hasFailed = status.code >= 500
        let level: Logger.Level = hasFailed ? .warning : .debug
        guard level >= context.logger.logLevel else { return }
        context.requestLogger.log(
            level: level,
            hasFailed ? "a request failed" : "a request was answered",
            metadata: {
                var metadata: Logger.Metadata = [
                    "method": .string(request.method.rawValue), "path": .string(request.uri.path),
                    "status": .stringConvertible(status.code),
                    "duration_ms": .stringConvertible((ContinuousClock.now - start) / .milliseconds(1)),
                ]
                if hasFailed, let error { metadata["error"] = .string(Self.text(of: error)) }
                return metadata
            }()
        )
    }

    /// The error for the log. What PostgreSQL says about a value may quote it, so that is left out.
    private static func text(of error: any Error) -> String {
        guard let error = error as? PostgresError, error.isCausedByData else { return "\(error)" }
        return
            "PostgreSQL, \(error.operation): a value was refused [\(error.sqlState?.rawValue ?? error.kind.description)]"
    }
}
