import Foundation
import LocalServers
import NIOHTTP1
import Testing

@testable import QueueFlowCLI

/// The repository's nginx configuration, run by the real nginx in front of a stand-in.
@Suite(.timeLimit(.minutes(1))) struct GatewayTests {
    @Test func requestsAndRefusalsGoThroughTheGateway() async throws {
        try await withStack { stack in
            let up = try await stack.queueflow("up", "--no-first-job")
            #expect(up.status == 0, "\(up.output)")
            let gateway = "http://127.0.0.1:\(stack.ports[.gateway])"
            try await passesOnWhoAsks(gateway)
            try await refusesWhatIsTooLarge(gateway)
            // Both are the same call to the job-service, and have the same limit.
            for path in ["/login", "/login/"] { try await slowsGuessersDown(gateway + path) }
            try await saysThatItIsBeingMaintained(gateway, stack)

            try #require(stack.process(.jobService)).signal(SIGKILL)
            try await saysThatTheServiceIsAway(gateway)
        }
    }

    private func passesOnWhoAsks(_ gateway: String) async throws {
        let sane = try await Web.send(
            .GET,
            gateway + "/headers",
            headers: [("X-Request-Id", "client-7.a-b_c"), ("X-Forwarded-For", "6.6.6.6")]
        ).object()
        #expect(sane["id"] == "client-7.a-b_c")
        // What a client claims about its address is not passed on.
        #expect(sane["address"] == "127.0.0.1")
        #expect("http://" + (sane["host"] ?? "") == gateway)

        // Ids that the job-service would not keep either.
        for id in ["a b\"{", "a:b"] {
            let odd = try await Web.send(.GET, gateway + "/headers", headers: [("X-Request-Id", id)]).object()
            #expect(odd["id"]?.wholeMatch(of: /[0-9a-f]{32}/) != nil)
        }
    }

    private func refusesWhatIsTooLarge(_ gateway: String) async throws {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 1_400_000)
        let answer = try await Web.send(.POST, gateway + "/jobs", headers: [("X-Request-Id", "r1")], body: body)
        #expect(answer.status == 413)
        #expect(answer.headers["Content-Type"] == ["application/problem+json"])
        #expect(answer.headers["X-Request-Id"] == ["r1"])
        #expect(try answer.object()["status"] == "413")

        // 1 MiB and a little reaches the service, whose own limit decides; the stand-in has nginx's default of 1 MiB.
        let small = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let passed = try await Web.send(
            .POST,
            gateway + "/jobs",
            headers: [("Authorization", "Bearer a-token")],
            body: small
        )
        #expect(passed.status == 201)
    }

    private func slowsGuessersDown(_ login: String) async throws {
        var statuses: [Int] = []
        for _ in 0..<40 where !statuses.contains(429) {
            let answer = try await Web.send(.POST, login)
            statuses.append(Int(answer.status))
            if answer.status == 429 {
                #expect(answer.headers["Content-Type"] == ["application/problem+json"])
                #expect(answer.headers["X-Content-Type-Options"] == ["nosniff"])
            }
        }
        #expect(statuses.last == 429)
    }

    private func saysThatItIsBeingMaintained(_ gateway: String, _ stack: StackUnderTest) async throws {
        let file = stack.directory.appending(path: ".queueflow/nginx/maintenance")
        try Data().write(to: file)
        let answer = try await Web.send(.GET, gateway + "/jobs/1")
        #expect(answer.status == 503)
        #expect(answer.headers["Retry-After"] == ["60"])
        #expect(try answer.object()["type"] == "https://queueflow.dev/problems/maintenance")
        #expect(try answer.object()["instance"] == "/jobs/1")
        #expect(try await Web.send(.GET, gateway + "/gateway/healthz").status == 200)
        try FileManager.default.removeItem(at: file)
        #expect(try await Web.send(.GET, gateway + "/headers").status == 200)
    }

    private func saysThatTheServiceIsAway(_ gateway: String) async throws {
        var answer = try await Web.send(.GET, gateway + "/jobs/1")
        // The kernel closes the killed service's sockets a moment later.
        while answer.status == 200 { answer = try await Web.send(.GET, gateway + "/jobs/1") }
        #expect(answer.status == 502)
        #expect(answer.headers["Content-Type"] == ["application/problem+json"])
        #expect(answer.headers["Retry-After"] == ["1"])
        #expect(try answer.object()["type"] == "https://queueflow.dev/problems/bad-gateway")

        let own = try await Web.send(.GET, gateway + "/gateway/healthz")
        #expect(own.status == 200)
        #expect(own.body == "ok\n")
    }
}
