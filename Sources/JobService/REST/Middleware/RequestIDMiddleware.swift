import HTTPTypes
import Hummingbird

/// Gives each request a name, its sender's if that is a good one, and puts it into the answer and the logs.
struct RequestIDMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    static let header: HTTPField.Name = {
        guard let name = HTTPField.Name("X-Request-Id") else { preconditionFailure("a literal token is a valid name") }
        return name
    }()

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = request.headers[Self.header].flatMap(Self.accepted) ?? RequestID().description
        var response = try await next(request, context)
        response.headers[Self.header] = context.requestID
        return response
    }

    /// The id if it can stand in a log line and a header without harm: 1 to 128 letters, digits, `.`, `_` or `-`.
    private static func accepted(_ id: String) -> String? {
        (1...128).contains(id.utf8.count) && id.utf8.allSatisfy(isAllowed) ? id : nil
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
    }
}
