import Formats
import HTTPTypes
import Testing

@testable import JobService

/// What the API answered.
struct TestAnswer: Sendable {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let bytes: [UInt8]

    /// The body as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The body as a JSON object.
    func json() throws -> JSONObjectSlice {
        try JSONObjectSlice(parsing: bytes)
    }

    /// A member that is a string.
    func string(_ name: String) throws -> String? {
        try json()[name]?.string
    }

    /// The bad fields of a problem document, each with what was said of it.
    func fieldErrors() throws -> [String: String] {
        let errors = try #require(try json()["errors"]?.array, "no errors in \(text)")
        let pairs = try errors.map { error in
            let entry = try #require(try error.object)
            return (try #require(entry["field"]?.string), try #require(entry["detail"]?.string))
        }
        return Dictionary(pairs) { "\($0); \($1)" }
    }

    /// Checks that it is a problem document of a kind.
    func expectProblem(
        _ slug: String,
        _ status: HTTPResponse.Status,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(self.status == status, "\(text)", sourceLocation: sourceLocation)
        #expect(headers[.contentType] == "application/problem+json", sourceLocation: sourceLocation)
        #expect(try string("type") == "https://queueflow.dev/problems/\(slug)", sourceLocation: sourceLocation)
        #expect(try json()["status"]?.int == status.code, sourceLocation: sourceLocation)
        #expect(try string("title")?.isEmpty == false, sourceLocation: sourceLocation)
        #expect(try string("detail")?.isEmpty == false, sourceLocation: sourceLocation)
        #expect(try string("instance")?.first == "/", sourceLocation: sourceLocation)
        let requestID = headers[RequestIDMiddleware.header]
        #expect(try string("request_id") == requestID, sourceLocation: sourceLocation)
        #expect(requestID != nil, sourceLocation: sourceLocation)
    }
}
