import HTTPTypes
import Hummingbird

/// Tells browsers to do nothing with an answer but hand it to who asked. A route that needs more says so itself.
struct SecurityHeadersMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    /// What each answer says, unless its route says something else.
    static let fields = HTTPFields(headers)
    private static let headers: [HTTPField] =
        [
            HTTPField(name: .contentSecurityPolicy, value: "default-src 'none'; frame-ancestors 'none'"),
            HTTPField(name: .xContentTypeOptions, value: "nosniff"),
            HTTPField(name: .cacheControl, value: "no-store"),
        ]
        + [
            ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        .compactMap { name, value in HTTPField.Name(name).map { HTTPField(name: $0, value: value) } }

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        for header in Self.headers where response.headers[header.name] == nil {
            response.headers.append(header)
        }
        return response
    }
}
