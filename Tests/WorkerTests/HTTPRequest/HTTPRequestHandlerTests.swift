import Concurrency
import Foundation
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import JobCore
@testable import QueueFlowWorker
@testable import Worker

@Suite(.timeLimit(.minutes(1))) struct HTTPRequestHandlerTests {
    private func handler(
        _ rules: String...,
        resolve: @escaping @Sendable (String) async throws -> [IPAddress] = HTTPRequestHandler.lookUp
    ) throws -> HTTPRequestHandler {
        HTTPRequestHandler(allowed: try rules.map { try #require(HTTPDestinationRule($0)) }, resolve: resolve)
    }

    private let loopback = IPAddress(bytes: [127, 0, 0, 1])

    @Test func aRequestGoesOutAsTheJobSaysWithTheJobsID() async throws {
        try await TestHTTPServer.run { server in
            let job = RunningJob.made(
                "http.request",
                #"{"url":"http://127.0.0.1:\#(server.port)/a?b=c","method":"put","headers":{"X-Custom":"1"},"body":{"n":1.10}}"#
            )
            let ending = await Ending.of(try handler("http://127.0.0.1:\(server.port)"), job)
            #expect(ending.json?["status"] as? Int == 200)
            let asked = try #require(server.asked.first)
            #expect(asked.head.method == .PUT)
            #expect(asked.head.uri == "/a?b=c")
            #expect(asked.head.headers["Idempotency-Key"] == [job.id.description])
            #expect(asked.head.headers["X-Custom"] == ["1"])
            #expect(asked.head.headers["Content-Type"] == ["application/json"])
            #expect(asked.body == #"{"n":1.10}"#)
        }
    }

    @Test func aServerThatIsAwayIsToldInWords() async throws {
        // Whoever held it has left.
        var port = 0
        try await TestHTTPServer.run { port = $0.port }
        let handler = try handler("http://127.0.0.1:*")
        let job = RunningJob.made("http.request", #"{"url":"http://127.0.0.1:\#(port)/"}"#)
        #expect(await Ending.of(handler, job) == .failed("127.0.0.1:\(port) did not answer: connection refused"))
    }

    @Test func statusesBecomeEndings() async throws {
        let status = Mutex(HTTPResponseStatus.ok)
        try await TestHTTPServer.run(answer: { asked in
            var answer = TestHTTPServer.Answer(status: status.withLock { $0 }, body: "told")
            if asked.head.uri == "/later" { answer.headers.add(name: "Retry-After", value: "7") }
            return answer
        }) { server in
            let handler = try handler("http://127.0.0.1:*")
            func ending(_ path: String) async -> Ending {
                await Ending.of(handler, .made("http.request", #"{"url":"http://127.0.0.1:\#(server.port)\#(path)"}"#))
            }
            #expect(await ending("/").json?["body"] as? String == "told")
            status.withLock { $0 = .notFound }
            #expect(await ending("/") == .discarded("the server answered 404: told"))
            status.withLock { $0 = .internalServerError }
            #expect(await ending("/") == .failed("the server answered 500"))
            status.withLock { $0 = .serviceUnavailable }
            #expect(await ending("/later") == .retried(after: .seconds(7)))
        }
    }

    @Test func redirectsAreNotFollowed() async throws {
        try await TestHTTPServer.run(answer: { _ in
            .init(status: .found, headers: ["Location": "http://169.254.169.254/latest/meta-data/"])
        }) { server in
            let ending = await Ending.of(
                try handler("http://127.0.0.1:*"),
                .made("http.request", #"{"url":"http://127.0.0.1:\#(server.port)/"}"#)
            )
            #expect(ending.discardReason?.contains("redirect") == true)
            #expect(server.asked.count == 1)
        }
    }

    /// The ways in which payloads try to reach what is inside.
    @Test(arguments: [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://0.0.0.0/", "http://0/", "http://2130706433/",
        "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:169.254.169.254]/latest/meta-data/", "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://[fd00:ec2::254]/", "http://[fe80::1]/",
        "http://224.0.0.1/", "http://255.255.255.255/",
    ])
    func privateAddressesAreOutOfReach(_ url: String) async throws {
        let ending = await Ending.of(try handler("http://*:*"), .made("http.request", #"{"url":"\#(url)"}"#))
        #expect(ending.discardReason?.contains("has no public address") == true, "\(ending)")
    }

    @Test func onlyWhatIsAllowedIsCalled() async throws {
        let handler = try handler("https://*", "http://*.example.com", resolve: { _ in [] })
        for url in [
            "http://other.com/", "http://example.com/", "http://x.example.com:8080/", "http://example.com.evil.com/",
            "http://notexample.com/", "https://other.com:444/",
        ] {
            let ending = await Ending.of(handler, .made("http.request", #"{"url":"\#(url)"}"#))
            #expect(ending.discardReason?.contains("HTTP_REQUEST_ALLOW") == true, "\(url): \(ending)")
        }
    }

    /// The name is not known to any server, so the connection can only have gone to the address that was checked.
    @Test func theConnectionGoesToTheAddressThatWasChecked() async throws {
        try await TestHTTPServer.run { server in
            let lookUps = Mutex(0)
            let handler = try handler("http://rebind.invalid:*") { _ in
                lookUps.withLock { $0 += 1 }
                return [loopback]
            }
            let job = RunningJob.made("http.request", #"{"url":"http://Rebind.invalid:\#(server.port)/"}"#)
            #expect(await Ending.of(handler, job).json?["status"] as? Int == 200)
            #expect(lookUps.withLock { $0 } == 1)
            #expect(server.asked.first?.head.headers["Host"] == ["rebind.invalid:\(server.port)"])
        }
    }

    @Test func aPublicNameWithAPrivateAddressIsRefusedAndAPublicOneAmongThemTaken() async throws {
        let handler = try handler("http://*") { _ in [IPAddress(bytes: [10, 0, 0, 1]), loopback] }
        let ending = await Ending.of(handler, .made("http.request", #"{"url":"http://inside.example.com/"}"#))
        #expect(ending.discardReason?.contains("has no public address") == true)
    }

    @Test(arguments: [
        #"{"url":"http://a.com","headers":{"Host":"b"}}"#, #"{"url":"http://a.com","headers":{"X":"a\r\nY: b"}}"#,
        #"{"url":"http://a.com","headers":{"X Y":"a"}}"#, #"{"url":"http://a.com","headers":{"idempotency-key":"x"}}"#,
        #"{"url":"http://a.com","headers":{"Transfer-Encoding":"chunked"}}"#,
        #"{"url":"http://a.com","method":"CONNECT"}"#,
        #"{"url":"http://a.com","method":"GET / HTTP/1.1\r\nX: y"}"#, #"{"url":"http://a.com","timeout":0}"#,
        #"{"url":"http://a.com","timeout":301}"#, #"{}"#, #"{"url":5}"#,
    ])
    func aPayloadThatMakesNoRequestIsGivenUp(_ payload: String) async throws {
        let handler = try handler("http://*") { _ in [] }
        let ending = await Ending.of(handler, .made("http.request", payload))
        #expect(ending.discardReason != nil, "\(ending)")
    }

    @Test(arguments: [true, false])
    func aServerThatNeverEndsItsAnswerIsLeftInTime(_ isLarge: Bool) async throws {
        let beginning = isLarge ? String(repeating: "x", count: HTTPRequestHandler.maxAnswerBytes + 1) : "x"
        try await TestHTTPServer.run(answer: { _ in .init(body: beginning, neverEnds: true) }) { server in
            let job = RunningJob.made("http.request", #"{"url":"http://127.0.0.1:\#(server.port)/","timeout":0.5}"#)
            let ending = await Ending.of(try handler("http://127.0.0.1:*"), job)
            if isLarge {
                #expect(ending.json?["truncated"] as? Bool == true)
                #expect((ending.json?["body"] as? String)?.utf8.count == HTTPRequestHandler.maxAnswerBytes)
            } else {
                #expect(ending.failureReason?.contains("did not answer within") == true, "\(ending)")
            }
        }
    }

    @Test func aHostThatFailsIsLeftAloneForItsTenantAndTheAttemptsAreGivenBack() async throws {
        try await TestHTTPServer.run(answer: { _ in .init(status: .badGateway) }) { server in
            let handler = try handler("http://127.0.0.1:*")
            let payload = #"{"url":"http://127.0.0.1:\#(server.port)/"}"#
            for _ in 0..<5 {
                #expect(await Ending.of(handler, .made("http.request", payload)) == .failed("the server answered 502"))
            }
            #expect(await Ending.of(handler, .made("http.request", payload)) == .snoozed)
            #expect(server.asked.count == 5)
            let other = RunningJob.made("http.request", payload, tenant: "other")
            #expect(await Ending.of(handler, other) == .failed("the server answered 502"))
        }
    }
}
