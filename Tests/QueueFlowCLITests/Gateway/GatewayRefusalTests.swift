import AsyncHTTPClient
import Foundation
import LocalServers
import NIOCore
import NIOHTTP1
import NIOSSL
import TestSupport
import Testing

@testable import QueueFlowCLI

/// Whatever the gateway refuses by itself, it refuses in the job-service's form (RFC 9457).
@Suite(.timeLimit(.minutes(1))) struct GatewayRefusalTests {
    @Test func oddRequestsAreToldWhatIsWrong() async throws {
        try await TestHTTPServer.run { service in
            try await GatewayUnderTest.run(before: service.port) { gateway in
                for odd in OddRequest.all {
                    let answer = try await ask(gateway.port, odd.bytes)
                    guard let status = odd.gateway else {
                        #expect(answer.status == 200, "\(odd.name): \(answer)")
                        continue
                    }
                    try expectProblem(answer, status, odd.problem, "\(odd.name)")
                    if status == 405 {
                        #expect(answer.headers["allow"] == "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE")
                    }
                }
                // None of them got through.
                #expect(service.asked.count == OddRequest.all.count { $0.gateway == nil })
            }
        }
    }

    @Test func aVersionWithoutHeadsGetsTheDocumentAlone() async throws {
        try await GatewayUnderTest.run(before: try FreePort.find()) { gateway in
            let answer = try await ask(gateway.port, Array("GET /healthz\r\n".utf8))
            #expect(answer.status == 0)
            #expect(try document(answer)["status"] as? Int == 505, "\(answer)")
        }
    }

    @Test func theInstanceIsThePathAsFarAsItIsOne() async throws {
        try await GatewayUnderTest.run(before: try FreePort.find()) { gateway in
            for (target, instance) in [
                ("/jobs/a.b-1~%20?limit=1", "/jobs/a.b-1~%20"), ("/\"quoted\"", "/"), ("/back\\slash", "/"),
                ("/gateway/problem?tls", "/gateway/problem"), ("/jobs?\"", "/jobs"), ("/\u{7F}", "/"), ("/é", "/"),
            ] {
                let answer = try await ask(gateway.port, Array("GET \(target) HTTP/1.0\r\n\r\n".utf8))
                #expect(try document(answer)["instance"] as? String == instance, "\(answer)")
            }
        }
    }

    @Test func theInternalPageIsNobodysPage() async throws {
        try await GatewayUnderTest.run(before: try FreePort.find()) { gateway in
            let answer = try await ask(gateway.port, Array("GET /gateway/problem?tls HTTP/1.0\r\n\r\n".utf8))
            try expectProblem(answer, 404, "not-found")
        }
    }

    @Test func aServiceThatIsAwayBreaksOffOrIsSilentIsToldApart() async throws {
        let jobs = Array("GET /jobs HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
        try await GatewayUnderTest.run(before: try FreePort.find()) { gateway in
            let away = try await ask(gateway.port, jobs)
            try expectProblem(away, 502, "bad-gateway")
            #expect(away.headers["retry-after"] == "1")
            let head = try await ask(
                gateway.port,
                Array("HEAD /jobs HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
            )
            #expect(head.status == 502 && head.body.isEmpty && head.headers["retry-after"] == "1")
        }
        try await TestHTTPServer.run(answer: { _ in .cutOff }) { service in
            try await GatewayUnderTest.run(before: service.port) { gateway in
                try expectProblem(try await ask(gateway.port, jobs), 502, "bad-gateway")
            }
        }
        try await TestHTTPServer.run(answer: { _ in .silence }) { service in
            try await GatewayUnderTest.run(before: service.port) { gateway in
                let silent = try await ask(gateway.port, jobs)
                try expectProblem(silent, 504, "gateway-timeout")
                #expect(silent.headers["retry-after"] == "5")
            }
        }
    }

    /// The job-service's own answers pass through as they are, its problems too.
    @Test func theServicesOwnProblemsAreItsOwn() async throws {
        let body = #"{"type":"https://queueflow.dev/problems/queue-full"}"#
        let answer = TestHTTPServer.Answer(
            status: .serviceUnavailable,
            headers: ["Content-Type": "application/problem+json", "Retry-After": "7"],
            body: body
        )
        try await TestHTTPServer.run(answer: { _ in answer }) { service in
            try await GatewayUnderTest.run(before: service.port) { gateway in
                let passed = try await ask(
                    gateway.port,
                    Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
                )
                #expect(passed.status == 503 && passed.body == body && passed.headers["retry-after"] == "7")
            }
        }
    }

    @Test func theSameHoldsWithTLS() async throws {
        try await TestHTTPServer.run { service in
            try await GatewayUnderTest.run(before: service.port) { gateway in
                let plain = try await ask(gateway.tlsPort, Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                try expectProblem(plain, 400, "tls-required")
                #expect(plain.headers["strict-transport-security"] == nil)

                var tls = TLSConfiguration.makeClientConfiguration()
                tls.certificateVerification = .none
                // Over HTTP/2 a long target may be short, as it is compressed.
                let long = "/\(String(repeating: "a", count: 20_000))"
                for (version, targets) in [
                    (HTTPClient.Configuration.HTTPVersion.automatic, [("/", 200), ("/%00", 400)]),
                    (.http1Only, [("/", 200), (long, 414)]),
                ] {
                    var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
                    configuration.httpVersion = version
                    let client = HTTPClient(configuration: configuration)
                    for (target, status) in targets {
                        let request = HTTPClientRequest(url: "https://127.0.0.1:\(gateway.tlsPort)\(target)")
                        let answer = try await client.execute(request, timeout: .seconds(10))
                        #expect(Int(answer.status.code) == status)
                        #expect(answer.headers["Strict-Transport-Security"] == ["max-age=31536000"])
                        let body = String(buffer: try await answer.body.collect(upTo: 10_000))
                        guard status != 200 else { continue }
                        #expect(answer.headers["Content-Type"] == ["application/problem+json"])
                        #expect(body.contains(#""status":\#(status),"#))
                    }
                    try await client.shutdown()
                }
            }
        }
    }

    private func ask(_ port: Int, _ bytes: [UInt8]) async throws -> WireAnswer {
        var answer: WireAnswer?
        try await WireConnection.exchange(port: port) { connection in
            // The gateway may answer and close before it has read everything.
            try? await connection.send(bytes)
            answer = try await connection.readAnswer()
        }
        return try #require(answer)
    }

    private func document(_ answer: WireAnswer) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(answer.body.utf8))
        return try #require(value as? [String: Any])
    }

    private func expectProblem(
        _ answer: WireAnswer,
        _ status: Int,
        _ problem: String?,
        _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(answer.status == status, comment, sourceLocation: sourceLocation)
        #expect(answer.headers["content-type"] == "application/problem+json", comment, sourceLocation: sourceLocation)
        #expect(answer.headers["x-content-type-options"] == "nosniff", comment, sourceLocation: sourceLocation)
        #expect(answer.headers["cache-control"] == "no-store", comment, sourceLocation: sourceLocation)
        let document = try document(answer)
        let members = Set(document.keys)
        #expect(
            members == ["type", "title", "status", "detail", "instance", "request_id"],
            comment,
            sourceLocation: sourceLocation
        )
        #expect(document["status"] as? Int == status, comment, sourceLocation: sourceLocation)
        #expect(
            document["request_id"] as? String == answer.headers["x-request-id"],
            comment,
            sourceLocation: sourceLocation
        )
        if let problem {
            let type = "https://queueflow.dev/problems/\(problem)"
            #expect(document["type"] as? String == type, comment, sourceLocation: sourceLocation)
        }
    }
}
