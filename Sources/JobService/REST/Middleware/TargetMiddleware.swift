import HTTPTypes
import Hummingbird

/// Refuses requests whose target or host is none (RFC 9112, section 3.2), before anything is made of them.
struct TargetMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    /// The longest target, in bytes: what the gateway lets through, too.
    private static let maxBytes = 16 << 10

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        guard request.uri.string.utf8.count <= Self.maxBytes else { throw Problem.uriTooLong(limit: Self.maxBytes) }
        guard Self.isDecodable(request.uri.path) else {
            throw Problem.malformedRequest("The path has a % that two hexadecimal digits do not follow, or a byte 0.")
        }
        guard request.head.authority.map(Self.isHost) ?? true, Self.hostName.flatMap({ request.headers[$0] }) == nil
        else { throw Problem.malformedRequest("The Host header is not a host, or there is more than one.") }
        return try await next(request, context)
    }

    /// Where a second `Host` header stands: the first is the request's authority.
    private static let hostName = HTTPField.Name("Host")

    /// Whether the percent-encoding is whole (RFC 3986, section 2.1) and hides no byte 0.
    private static func isDecodable(_ path: String) -> Bool {
        guard path.utf8.contains(UInt8(ascii: "%")) else { return true }
        var rest = Array(path.utf8)[...]
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            let digits = rest[(percent + 1)...].prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                digits.contains(where: { $0 != UInt8(ascii: "0") })
            else { return false }
            rest = rest[(percent + 3)...]
        }
        return true
    }

    private static let hostMarks = Array("-._~%!$&'()*+,;=:[]".utf8)

    /// Whether a text has the characters of a host and a port only (RFC 3986, section 3.2).
    private static func isHost(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0.isLetterOrDigit || hostMarks.contains($0) }
    }
}

extension UInt8 {
    /// Whether it is an ASCII letter or digit.
    var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
