import HTTPTypes
import TestSupport
import Testing

@testable import JobService
@testable import JobStore

/// What is the same for every route: methods, types, compression, origins and headers.
@Suite(.timeLimit(.minutes(1)))
struct NegotiationTests {
    @Test(arguments: [
        ("/jobs", "GET, HEAD, OPTIONS, POST"), ("/jobs/x", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/jobs/batch", "OPTIONS, POST"),
        ("/queues/q", "DELETE, GET, HEAD, OPTIONS, PUT"),
    ])
    func optionsAreTold(_ path: String, allowed: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.anonymous.send(.options, path)
            #expect(answer.status == .noContent)
            #expect(answer.headers[.allow] == allowed)
            #expect(answer.headers[.accessControlAllowOrigin] == nil)
            try await api.anonymous.send(.options, "/nowhere").expectProblem("not-found", .notFound)
        }
    }

    @Test(arguments: [
        ("image/png", false), ("application/json;q=0", false), ("text/html", false), ("*/*", true),
        ("text/html, application/*;q=0.1", true), ("application/problem+json", true), ("Application/JSON", true),
    ])
    func onlyTypesThatThereAreCanBeAskedFor(_ accept: String, isThere: Bool) async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "types")
            let answer = try await session.get("/jobs", headers: [.accept: accept])
            if isThere {
                #expect(answer.status == .ok)
            } else {
                try answer.expectProblem("not-acceptable", .notAcceptable)
            }
        }
    }

    @Test func longAnswersAreCompressedForWhoAsks() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "compressed")
            let body = #"{"type":"t","payload":"\#(String(repeating: "ab", count: 2_000))"}"#
            let id = try await session.post("/jobs", body).string("id") ?? "none"
            let plain = try await session.get("/jobs/\(id)")
            #expect(plain.headers[.contentEncoding] == nil)
            #expect(plain.headers[.vary]?.contains("Accept-Encoding") == true)
            let short = try await session.get("/jobs/\(id)?fields=id", headers: [.acceptEncoding: "gzip"])
            #expect(short.headers[.contentEncoding] == nil)
            let refused = try await session.get("/jobs/\(id)", headers: [.acceptEncoding: "gzip;q=0, br"])
            #expect(refused.headers[.contentEncoding] == nil)
            let answer = try await session.get("/jobs/\(id)", headers: [.acceptEncoding: "br, gzip;q=0.5"])
            #expect(answer.headers[.contentEncoding] == "gzip")
            #expect(answer.bytes.starts(with: [0x1F, 0x8B]))
            #expect(answer.bytes.count < plain.bytes.count / 2)
        }
    }

    @Test func configuredOriginsMayUseTheAPI() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve(corsOrigins: ["https://app.example"]) { api in
            let preflight = try await api.anonymous.send(
                .options,
                "/jobs",
                nil,
                [.origin: "https://app.example", .accessControlRequestMethod: "POST"]
            )
            #expect(preflight.status == .noContent)
            #expect(preflight.headers[.accessControlAllowOrigin] == "https://app.example")
            #expect(preflight.headers[.accessControlAllowMethods] == "GET, HEAD, OPTIONS, POST")
            #expect(preflight.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
            let answer = try await api.anonymous.get("/jobs", headers: [.origin: "https://app.example"])
            #expect(answer.status == .unauthorized)
            #expect(answer.headers[.accessControlAllowOrigin] == "https://app.example")
            #expect(answer.headers[.vary] == "Origin")
            let other = try await api.anonymous.get("/healthz", headers: [.origin: "https://evil.example"])
            #expect(other.headers[.accessControlAllowOrigin] == nil)
            #expect(other.headers[.vary] == "Origin")
        }
    }

    @Test func everyAnswerIsSafeInABrowser() async throws {
        try await TestPlatform.shared().serve { api in
            for path in ["/healthz", "/nowhere", "/jobs"] {
                let headers = try await api.anonymous.get(path).headers
                #expect(headers[.xContentTypeOptions] == "nosniff")
                #expect(headers[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
                #expect(headers[.cacheControl] == "no-store")
            }
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.post, "/login"), (.post, "/jobs"), (.post, "/jobs/batch"), (.post, "/tasks/submit"),
        (.get, "/events"), (.post, "/jobs/x/cancel"), (.get, "/jobs/x"), (.get, "/queues"), (.get, "/workers"),
        (.delete, "/dead-letters/x"),
    ])
    func unknownParametersAreNamed(_ method: HTTPRequest.Method, path: String) async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(.admin, tenant: "parameters")
            let answer = try await session.send(method, "\(path)?limitt=1", method == .post ? "{}" : nil)
            try answer.expectProblem("validation-failed", .unprocessableContent)
            #expect(try Array(answer.fieldErrors().keys) == ["limitt"])
        }
    }
}
