import Formats
import Hummingbird
import JobCore

/// Why a request was not done, as RFC 9457 has it told.
struct Problem: Error, Sendable {
    /// Names the kind of problem for programs: the last part of its type's address. Never changes its meaning.
    var slug: String
    /// The answer's status.
    var status: HTTPResponse.Status
    /// What it is, the same for all problems of the kind.
    var title: String
    /// What happened this time and what to do about it. Holds no internals.
    var detail: String
    /// What is wrong with the request's members, each by its name.
    var errors: [FieldError] = []
    /// What the answer's head has to say besides.
    var headers: HTTPFields = [:]
    /// Which limit was reached, for programs; nil for other problems.
    var limit: TenantLimitReached?

    static let contentType = "application/problem+json"
    private static let typeBase = "https://queueflow.dev/problems/"

    /// The answer that tells it.
    ///
    /// - Parameters:
    ///   - path: What was asked for.
    ///   - requestID: Names the request, for who looks into the logs.
    func response(path: String, requestID: String) -> Response {
        let bytes = document(path: path, requestID: requestID)
        return Response(status, contentType: Self.contentType, headers: headers, body: bytes)
    }

    /// The problem document.
    func document(path: String, requestID: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { document in
            document.member("type", Self.typeBase + slug)
            document.member("title", title)
            document.member("status", status.code)
            document.member("detail", detail)
            document.member("instance", path)
            if !errors.isEmpty {
                document.name("errors")
                document.array { list in
                    for error in errors {
                        list.object {
                            $0.member("field", error.field)
                            $0.member("detail", error.detail)
                        }
                    }
                }
            }
            if let limit {
                document.member("limit", limit.limit.rawValue)
                document.member("maximum", limit.maximum)
                document.member("used", limit.used)
            }
            document.member("request_id", requestID)
        }
        return writer.bytes
    }
}
