import HTTPTypes
import Hummingbird

/// Lets the pages of some origins use the API from a browser (WHATWG Fetch, section 3.3). No origin unless configured.
struct CrossOriginMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    private static let requestHeaders =
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-API-Key, X-Request-Id, traceparent"
    private static let responseHeaders =
        "ETag, Idempotent-Replayed, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
    /// How long a browser may remember what is allowed, in seconds.
    private static let maxAge = "600"

    private let origins: Set<String>

    /// Lets pages of these origins through; `*` stands for all.
    init(origins: [String]) {
        self.origins = Set(origins)
    }

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard !origins.isEmpty else { return response }
        response.headers[values: .vary].append("Origin")
        guard let origin = request.headers[.origin], origins.contains(origin) || origins.contains("*") else {
            return response
        }
        // Tokens are sent by the page and not by the browser, so credentials need no leave.
        response.headers[.accessControlAllowOrigin] = origins.contains("*") ? "*" : origin
        response.headers[.accessControlExposeHeaders] = Self.responseHeaders
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") { response.headers[name] = "cross-origin" }
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            response.headers[.accessControlAllowMethods] = response.headers[.allow]
            response.headers[.accessControlAllowHeaders] = Self.requestHeaders
            response.headers[.accessControlMaxAge] = Self.maxAge
        }
        return response
    }
}
