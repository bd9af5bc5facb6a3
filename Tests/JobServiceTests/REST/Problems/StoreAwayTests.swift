import HTTPTypes
import LocalServers
import Logging
import Testing

@testable import Formats

@Suite(.timeLimit(.minutes(1)))
struct StoreAwayTests {
    @Test func jobsAreRefusedAtOnceWhileTheDatabaseIsAway() async throws {
        let server = try await PostgresServer.start()
        let platform = try await TestPlatform(url: try await server.createDatabase(named: "away"))
        try await platform.serve { api in
            let session = try await api.session(tenant: "away")
            #expect(try await session.post("/jobs", #"{"type":"before"}"#).status == .created)
            await server.stop()
            let start = ContinuousClock.now
            for _ in 0..<5 {
                let answer = try await session.post("/jobs", #"{"type":"during"}"#)
                try answer.expectProblem("store-unavailable", .serviceUnavailable)
                #expect(answer.headers[.retryAfter] == "1")
            }
            for path in ["/jobs", "/jobs/00000000-0000-7000-8000-000000000000", "/metrics"] {
                try await session.get(path).expectProblem("store-unavailable", .serviceUnavailable)
            }
            #expect(ContinuousClock.now - start < .seconds(4))
            #expect(try await session.get("/healthz").status == .ok)
            #expect(platform.log.lines.contains { $0.level == .warning && $0.metadata["status"] == "503" })

            try await server.restart()
            var accepted = try await session.post("/jobs", #"{"type":"after"}"#)
            while accepted.status == .serviceUnavailable {
                // As the answer asks.
                try await Task.sleep(for: .seconds(1))
                accepted = try await session.post("/jobs", #"{"type":"after"}"#)
            }
            let jobs = try #require(try await session.get("/jobs").json()["jobs"]?.array)
            #expect(try jobs.map { try $0.object?["type"]?.string } == ["after", "before"])
        }
        await platform.close()
        await server.stop()
    }
}
