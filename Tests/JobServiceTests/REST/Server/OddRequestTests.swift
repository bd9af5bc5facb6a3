import Formats
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import JobService

/// What is no request, or none that anybody means, gets a problem document at the job-service's own port.
@Suite(.timeLimit(.minutes(1)))
struct OddRequestTests {
    @Test(arguments: OddRequest.all.map(\.name))
    func oddRequestsAreToldWhatIsWrong(_ name: String) async throws {
        let odd = try #require(OddRequest.all.first { $0.name == name })
        try await TestPlatform.shared().serve { api in
            try await api.exchange { connection in
                try await connection.send(odd.bytes)
                let answer = try await connection.readAnswer()
                #expect(answer.status == odd.service, "\(answer)")
                guard answer.status >= 300 else { return }
                #expect(answer.headers["content-type"] == "application/problem+json", "\(answer)")
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                let bytes = Data(answer.body.utf8)
                let document = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
                #expect(document["status"] as? Int == odd.service)
                #expect(document["request_id"] as? String == answer.headers["x-request-id"])
                if let problem = odd.problem {
                    #expect(document["type"] as? String == "https://queueflow.dev/problems/\(problem)")
                }
                if answer.status == 405 { #expect(answer.headers["allow"] == "GET, HEAD, OPTIONS") }
            }
            // Nothing of it has done any harm.
            #expect(try await api.anonymous.get("/healthz").status == .ok)
        }
    }

    /// What is wrong with the second request is said after the answer to the first.
    @Test func theAnswerWaitsForThoseBeforeIt() async throws {
        try await TestPlatform.shared().serve { api in
            try await api.exchange { connection in
                try await connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nHELLO\r\n\r\n")
                try await connection.read(until: "HTTP/1.1 200 OK\r\n")
                try await connection.read(until: #"{"status":"ok"}"#)
                try await connection.read(until: "HTTP/1.1 400 Bad Request\r\n")
                let rest = try await connection.readToEnd()
                #expect(rest.contains("malformed-request"))
            }
        }
    }

    @Test func allMethodsAreToldOfAllPaths() async throws {
        try await TestPlatform.shared().serve { api in
            try await api.exchange { connection in
                try await connection.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try await connection.readAnswer()
                #expect(answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
            }
        }
    }

    @Test func theRootLeadsSomewhere() async throws {
        try await TestPlatform.shared().serve { api in
            let index = try await api.anonymous.get("/")
            #expect(index.status == .ok && index.headers[.contentType] == "application/json")
            let links = try #require(try index.json()["links"]?.object)
            for link in links.members {
                let path = try #require(link.value.string)
                // Each is there, if not for everybody or by this method.
                let status = try await api.anonymous.get(path).status
                #expect([200, 401, 405].contains(status.code), "\(path)")
            }
            // Chromium's, which would show JSON as text.
            let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
            let page = try await api.anonymous.get("/", headers: [.accept: accept])
            #expect(page.status == .seeOther && page.headers[.location] == "dashboard/")
            #expect(page.headers[.vary] == "Accept")
        }
    }
}
