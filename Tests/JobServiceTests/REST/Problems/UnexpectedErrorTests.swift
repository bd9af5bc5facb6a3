import HTTPTypes
import Logging
import Postgres
import TestSupport
import Testing

@testable import JobService

@Suite(.timeLimit(.minutes(1)))
struct UnexpectedErrorTests {
    @Test func whatShouldNotHappenIsLoggedAndNotTold() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let session = try await api.session(tenant: "broken")
            _ = try await platform.pool.query(PostgresStatement("drop", "drop view jobs"))
            let answer = try await session.get("/jobs/00000000-0000-7000-8000-000000000000")
            try answer.expectProblem("internal-error", .internalServerError)
            #expect(!answer.text.contains("relation"))
            let id = try #require(try answer.string("request_id"))
            let line = try #require(platform.log.lines.first { $0.metadata["request_id"] == id })
            #expect(line.level == .warning)
            #expect(line.metadata["error"]?.contains("42P01") == true)
        }
        await platform.close()
    }

    @Test func errorsOfTheServiceHaveTheirOwnProblems() {
        let lost = PostgresError(.connectionLost, operation: "query", message: "gone")
        let outcomes: [(error: any Error, slug: String, status: HTTPResponse.Status)] = [
            (BatcherOverloaded(), "overloaded", .serviceUnavailable),
            (CancellationError(), "ending", .serviceUnavailable),
            (lost, "store-unavailable", .serviceUnavailable),
            (
                PostgresError(.acquireTimedOut, operation: "query", message: "late"), "store-unavailable",
                .serviceUnavailable
            ),
            (
                PostgresError(.poolClosed, operation: "query", message: "closed"), "store-unavailable",
                .serviceUnavailable
            ),
            (PostgresError(.decoding, operation: "query", message: "odd"), "internal-error", .internalServerError),
        ]
        for (error, slug, status) in outcomes {
            let problem = Problem(error)
            #expect(problem.slug == slug)
            #expect(problem.status == status)
            #expect(problem.headers[.retryAfter] == (status == .serviceUnavailable ? "1" : nil))
        }
        // After a lost connection nobody knows what was stored, and the answer must not claim to.
        #expect(Problem(lost).detail.contains("may or may not"))
    }
}
