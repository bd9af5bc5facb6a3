import Foundation
import Logging
import NIOHTTP1
import QueueFlowClient
import Synchronization
import TestSupport

/// An installation that does what a test wants it to.
struct FakeAPI: Sendable {
    typealias Answer = TestHTTPServer.Answer

    let server: TestHTTPServer

    /// Runs one for as long as the body runs.
    ///
    /// - Parameter answer: What is answered to what was asked; the number counts the requests from 1.
    static func run(
        answer: @escaping @Sendable (TestHTTPServer.Asked, _ number: Int) -> Answer,
        _ body: (FakeAPI) async throws -> Void
    ) async throws {
        let count = Mutex(0)
        let numbered: @Sendable (TestHTTPServer.Asked) -> Answer = { asked in
            answer(
                asked,
                count.withLock { count in
                    count += 1
                    return count
                }
            )
        }
        try await TestHTTPServer.run(answer: numbered) { try await body(FakeAPI(server: $0)) }
    }

    /// Runs a body with a client of it that pauses for next to nothing.
    func withClient<Result>(
        _ credential: QueueFlowCredential = .apiKey("qf_key"),
        maxAttempts: Int = 6,
        _ body: (QueueFlowClient) async throws -> Result
    ) async throws -> Result {
        let configuration = QueueFlowClientConfiguration(
            requestTimeout: .seconds(5),
            maxAttempts: maxAttempts,
            firstPause: .milliseconds(1),
            longestPause: .seconds(5)
        )
        return try await withQueueFlowClient(
            url: "http://127.0.0.1:\(server.port)",
            credential: credential,
            configuration: configuration,
            body
        )
    }

    /// The paths of all requests.
    var paths: [String] { server.asked.map(\.head.uri) }

    /// The values of a header, of the requests that have it.
    func headers(_ name: String) -> [String] { server.asked.compactMap { $0.head.headers.first(name: name) } }
}

extension TestHTTPServer.Answer {
    static func json(_ body: String, _ headers: HTTPHeaders = [:]) -> Self {
        json(.ok, body, headers)
    }

    static func json(_ status: HTTPResponseStatus, _ body: String, _ headers: HTTPHeaders = [:]) -> Self {
        .init(status: status, headers: headers, body: body)
    }

    /// A problem document.
    static func problem(
        _ status: HTTPResponseStatus,
        _ slug: String,
        _ detail: String = "It went wrong.",
        errors: String = "[]",
        headers: HTTPHeaders = [:]
    ) -> Self {
        let body = #"""
            {"type":"https://queueflow.dev/problems/\#(slug)","title":"t","status":\#(status.code),"detail":"\#(detail)",
             "instance":"/","errors":\#(errors),"request_id":"r-1"}
            """#
        return .init(status: status, headers: headers, body: body)
    }

    /// A job.
    static func job(_ id: String = "j1", state: String = "completed", result: String = "null", more: String = "")
        -> Self
    {
        .json(
            #"""
            {"id":"\#(id)","state":"\#(state)","status":"\#(state)","type":"t","queue":"q","tenant":"default",
             "priority":"normal","payload":{"n":1.10},"attempt":1,"max_attempts":5,"run":1,"tags":["a"],
             "created_at":"2026-01-31T09:00:00.123456Z","execute_at":null,"queued_at":"2026-01-31T09:00:00Z",
             "started_at":null,"finished_at":null,"worker_id":null,"error":"it \"broke\"","result":\#(result),
             "reason":"attempts_exhausted","cancel_requested_at":null,"retry":null,"timeout":null,"unhandled":null\#(more)}
            """#
        )
    }

    /// The tokens of a session.
    static func tokens(_ number: Int, expiresIn: Int = 900) -> Self {
        .json(
            #"{"access_token":"a\#(number)","token_type":"Bearer","expires_in":\#(expiresIn),"refresh_token":"r\#(number)"}"#
        )
    }
}
