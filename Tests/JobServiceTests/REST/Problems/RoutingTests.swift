import HTTPTypes
import Logging
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RoutingTests {
    @Test(arguments: ["/job", "/jobs/a/b", "/login/x", "/%2e%2e/jobs"])
    func unknownPathsAreNotFound(_ path: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.anonymous.get(path)
            try answer.expectProblem("not-found", .notFound)
            #expect(try answer.string("instance") == path)
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.delete, "/jobs", "GET, HEAD, OPTIONS, POST"),
        (.put, "/jobs/x", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        (.get, "/login", "OPTIONS, POST"), (.post, "/metrics", "GET, HEAD, OPTIONS"),
    ])
    func wrongMethodsAreToldTheRightOnes(_ method: HTTPRequest.Method, path: String, allowed: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.anonymous.send(method, path)
            try answer.expectProblem("method-not-allowed", .methodNotAllowed)
            #expect(answer.headers[.allow] == allowed)
        }
    }

    @Test func requestIDsAreKeptOrMade() async throws {
        try await TestPlatform.shared().serve { api in
            let name = HTTPField.Name("X-Request-Id")!
            let kept = try await api.anonymous.get("/healthz", headers: [name: "my-request_1.2"])
            #expect(kept.headers[name] == "my-request_1.2")
            for bad in ["has space", String(repeating: "x", count: 129), "quote\"", "ü"] {
                let made = try #require(try await api.anonymous.get("/nowhere", headers: [name: bad]).headers[name])
                #expect(made != bad && !made.isEmpty)
            }
            let (first, second) = (try await api.anonymous.get("/healthz"), try await api.anonymous.get("/healthz"))
            #expect(first.headers[name] != second.headers[name])
        }
    }

    @Test func eachRequestHasOneLineInTheLog() async throws {
        try await TestPlatform.shared().serve { api in
            let id = "log-line-test"
            _ = try await api.anonymous.get("/jobs?secret=1", headers: [HTTPField.Name("X-Request-Id")!: id])
            let lines = api.platform.log.lines.filter { $0.metadata["request_id"] == id }
            #expect(lines.count == 1)
            let line = try #require(lines.first)
            #expect(line.level == .debug)
            #expect(line.metadata["method"] == "GET")
            #expect(line.metadata["path"] == "/jobs")
            #expect(line.metadata["status"] == "401")
            #expect(line.metadata["duration_ms"].flatMap(Double.init) != nil)
            #expect(line.metadata["hb.request.id"] == nil)
        }
    }
}
