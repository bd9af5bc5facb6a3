import HTTPTypes
import JobCore
import Telemetry
import TestSupport
import Testing

@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct OperationsTests {
    @Test func theFiguresOfAllQueues() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let session = try await api.session(tenant: "figures")
            var ids: [JobID] = []
            for body in [#"{"type":"t"}"#, #"{"type":"t","max_attempts":1}"#, #"{"type":"t"}"#, #"{"type":"t"}"#] {
                ids.append(try #require(try await session.post("/jobs", body).string("id").flatMap { JobID($0) }))
            }
            #expect(try await session.post("/jobs", #"{"type":"t","delay":60}"#).status == .created)
            // One stays queued, one waits, one runs, one is dead, one retries.
            let worker = try await platform.openSession()
            let fence = RunFence(run: 1, worker: worker.worker)
            #expect(try await platform.claim(Array(ids[..<3]), by: worker).count == 3)
            let failure = RunFailure(kind: "error", error: "no", isFinal: false, retryAfter: .seconds(60))
            _ = try await platform.stores.exchanges.record(
                ids[1..<3].map { RunOutcome(job: $0, fence: fence, kind: .failure(failure)) }
            )
            let answer = try await api.anonymous.get(
                "/metrics",
                headers: [.accept: "application/json, text/plain, */*"]
            )
            #expect(answer.status == .ok)
            #expect(
                answer.text == """
                    {"total_jobs":5,"active_jobs":1,"completed_jobs":0,"failed_jobs":2,"dead_letter_jobs":1,\
                    "queue_length":1,"retry_queue_length":1,"dlq_length":1}
                    """
            )
        }
        await platform.close()
    }

    @Test(arguments: [
        ("text/plain", "text/plain; version=0.0.4; charset=utf-8"),
        (
            "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        ),
    ])
    func aScraperGetsText(_ accept: String, type: String) async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let session = try await api.session(tenant: "scraped")
            _ = try await session.get("/jobs/00000000-0000-7000-8000-000000000000")
            _ = try await session.send(.trace, "/made/up")
            let answer = try await api.anonymous.get("/metrics", headers: [.accept: accept])
            #expect(answer.headers[.contentType] == type)
            let lines = answer.text.split(separator: "\n")
            #expect(
                lines.contains {
                    $0.hasPrefix(#"queueflow_http_requests_total{method="GET",route="/jobs/{id}",status="404"}"#)
                }
            )
            #expect(
                lines.contains {
                    $0.hasPrefix(#"queueflow_http_requests_total{method="none",route="none",status="404"}"#)
                }
            )
            #expect(
                lines.contains {
                    $0.hasPrefix(#"queueflow_http_request_duration_seconds_count{route="/jobs/{id}"}"#)
                }
            )
            #expect(!answer.text.contains("TRACE") && !answer.text.contains("/made/up"))
        }
    }

    @Test func healthNeedsNothing() async throws {
        try await TestPlatform.shared().serve { api in
            #expect(try await api.anonymous.get("/healthz").text == #"{"status":"ok"}"#)
            let head = try await api.anonymous.send(.head, "/healthz")
            #expect(head.status == .ok)
            #expect(head.bytes.isEmpty)
            #expect(head.headers[.contentLength] == "15")
        }
    }

    @Test func readinessIsReported() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        let gate = await platform.readiness.addGate("drain")
        try await platform.serve { api in
            #expect(try await api.anonymous.get("/readyz").status == .ok)
            gate.close(because: "draining")
            let answer = try await api.anonymous.get("/readyz")
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.text.contains("draining"))
        }
        await platform.close()
    }
}
