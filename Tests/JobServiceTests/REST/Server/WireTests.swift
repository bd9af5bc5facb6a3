import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import Formats
@testable import JobService
@testable import JobStore

/// What only bytes on the wire can show.
@Suite(.timeLimit(.minutes(1)))
struct WireTests {
    @Test func aClientThatWaitsForTheWordGetsItBeforeItsBody() async throws {
        try await TestPlatform.shared().serve { api in
            let token = try await api.token(.user, tenant: "wire")
            try await api.exchange { connection in
                let body = #"{"type":"t"}"#
                try await connection.send(
                    """
                    POST /jobs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r
                    Content-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\n\r\n
                    """
                )
                try await connection.read(until: "HTTP/1.1 100 Continue\r\n\r\n")
                try await connection.send(body)
                try await connection.read(until: "HTTP/1.1 201 Created\r\n")
            }
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await TestPlatform.shared().serve { api in
            try await api.exchange { connection in
                let ids = (0..<20).map { "pipelined-\($0)" }
                let requests = ids.map { "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Request-Id: \($0)\r\n\r\n" }
                try await connection.send(requests.joined())
                for id in ids { try await connection.read(until: id) }
            }
        }
    }

    /// Answers that are larger than what a connection holds, each of which waits until the one before was taken.
    @Test func largePipelinedAnswersComeWhole() async throws {
        try await TestPlatform.shared().serve { api in
            try await api.exchange { connection in
                let id = "not-taken"
                let requests = repeatElement(
                    "GET /openapi.json HTTP/1.1\r\nHost: a\r\nX-Request-Id: \(id)\r\n\r\n",
                    count: 40
                )
                try await connection.send(requests.joined())
                for _ in requests { try await connection.read(until: id) }
            }
        }
    }

    @Test func aProblemInAnswerToHEADHasNoBody() async throws {
        try await TestPlatform.shared().serve { api in
            try await api.exchange { connection in
                try await connection.send(
                    "HEAD /jobs HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
                )
                try await connection.read(until: "HTTP/1.1 401 Unauthorized\r\n")
                let head = try await connection.read(until: "\r\n\r\n")
                #expect(head.lowercased().contains("content-type: application/problem+json"))
                let between = try await connection.read(until: "HTTP/1.1 200 OK\r\n")
                #expect(between == "HTTP/1.1 200 OK\r\n")
            }
        }
    }

    @Test func whatIsNotHTTPIsSentAway() async throws {
        try await TestPlatform.shared().serve { api in
            try await api.exchange { connection in
                try await connection.send("HELLO\r\n\r\n")
                try await connection.read(until: "HTTP/1.1 400 Bad Request\r\n")
            }
        }
    }

    @Test func aBodyThatBreaksOffStoresNothing() async throws {
        try await TestPlatform.shared().serve { api in
            let token = try await api.token(.user, tenant: "broken-off")
            try await api.exchange { connection in
                // A whole job, in a body that is said to be longer.
                try await connection.send(
                    """
                    POST /jobs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r
                    Content-Length: 100\r\n\r\n{"type":"t"}
                    """
                )
                connection.finish()
                let rest = try await connection.readToEnd()
                #expect(!rest.contains("201"))
            }
            let session = try await api.session(tenant: "broken-off")
            #expect(try await session.get("/jobs").json()["jobs"]?.array?.isEmpty == true)
        }
    }
}
