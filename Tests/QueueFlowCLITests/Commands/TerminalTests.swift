import NIOHTTP1
import TestSupport
import Testing

@testable import QueueFlowCLI

/// `queueflow` in a pseudo-terminal.
@Suite(.timeLimit(.minutes(2))) struct TerminalTests {
    private static let answers: [String: TestHTTPServer.Answer] = [
        "GET /overview": .json(
            #"{"at":"2026-11-26T12:00:00Z","jobs":{"scheduled":1,"queued":12500,"running":3,"retrying":0,"dead":2},"rates":{"submitted":10.5,"completed":10,"failed":0,"died":0,"cancelled":0},"failure_ratio":0.01,"wait":{"p50":0.01,"p95":0.2,"p99":1.5},"oldest_ready_age":3.5,"slots":{"total":64,"used":3},"workers":4,"queues":1,"paused_queues":0,"components":{"postgres":"ok","kafka":"away","redis":"ok"}}"#
        ),
        "GET /history": .json(#"{"step":60,"points":[{"submitted":1,"completed":2,"failed":0,"queued":5}]}"#),
        "GET /jobs": .json(#"{"jobs":[\#(job)],"next_cursor":null}"#), "GET /jobs/0198-1": .json(job),
        "GET /queues": .json(
            #"{"queues":[{"name":"mail","tenant":"default","paused":false,"max_depth":null,"depth":{"scheduled":0,"queued":12,"running":3,"retrying":0,"dead":2},"totals":{"submitted":9,"completed":8,"cancelled":0,"failed":0,"died":0},"oldest_queued_age":3.5}]}"#
        ),
        "POST /queues/mail/pause": .json("{}"),
        "GET /events": .init(
            headers: ["Content-Type": "text/event-stream"],
            body: ": hello\n\nevent: job\ndata: \(job)\n\n",
            neverEnds: true
        ),
    ]
    private static let job =
        #"{"id":"0198-1","state":"running","type":"email.send","queue":"mail","tenant":"default","attempt":1,"run":0,"created_at":"2026-11-26T12:00:00Z","error":"a very long error that does not fit into the eighty columns of a terminal at all"}"#

    @Test func aPersonHasItAsATerminal() async throws {
        try await TestHTTPServer.run(Self.answers) { server in
            let (output, code) = try await Python().run(
                "terminal_sessions.py",
                [StackUnderTest.queueflow, "http://127.0.0.1:\(server.port)", "http://127.0.0.1:1"]
            )
            #expect(output == "ok\n" && code == 0, "\(output)")
        }
    }
}
