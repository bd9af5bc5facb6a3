import HTTPTypes
import Hummingbird

/// Refuses requests for types that a path never answers with (RFC 9110, section 12.5.1), before anything is done.
struct AcceptMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    private static let usual = ["application/json", "application/problem+json"]
    /// What some paths answer with besides.
    private static let special: [String: [String]] = [
        "/": ["text/html"], "/metrics": ["text/plain", "application/openmetrics-text"],
        "/events": ["text/event-stream"],
    ]

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        // Pages are for browsers, which take everything.
        if let accept = request.headers[.accept], accept != "*/*", !path.hasPrefix("/docs"),
            !path.hasPrefix("/dashboard")
        {
            let types = Self.usual + (Self.special[path] ?? [])
            guard types.contains(where: { Self.accepts(accept, $0) }) else { throw Problem.notAcceptable(types) }
        }
        return try await next(request, context)
    }

    /// Whether a header allows a type, by one of its ranges that is not ruled out by `q=0`.
    private static func accepts(_ header: String, _ type: String) -> Bool {
        header.split(separator: ",").contains { entry in
            let parts = entry.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let range = parts.first, !parts.dropFirst().contains(where: Self.isZero) else { return false }
            return range == "*/*" || range == type || range == "\(type.prefix { $0 != "/" })/*"
        }
    }

    private static func isZero(_ parameter: String) -> Bool {
        parameter.hasPrefix("q=") && Double(parameter.dropFirst(2)) == 0
    }
}
