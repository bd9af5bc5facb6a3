import Foundation
import HTTPTypes
import HummingbirdTesting
import JobCore
import Postgres
import TestSupport
import Testing

@testable import JobService
@testable import JobStore

/// `GET /jobs/{id}?wait=`.
@Suite(.timeLimit(.minutes(2)))
struct WaitForJobTests {
    private func submit(_ session: TestSession) async throws -> String {
        try #require(try await session.post("/jobs", #"{"type":"t","delay":600}"#).string("id"))
    }

    /// Goes on once so many wait.
    private func untilWaiting(_ count: Int, _ platform: TestPlatform) async throws {
        while platform.waits.waiters.count != count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func whatHasEndedIsAnsweredAtOnce() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "wait-ended")
            let id = try await submit(session)
            #expect(try await session.post("/jobs/\(id)/cancel", "").status == .ok)
            let start = ContinuousClock.now
            #expect(try await session.get("/jobs/\(id)?wait=60").string("state") == "cancelled")
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    @Test func whoWaitsHearsOfTheEndOnly() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve(.ahc(.http)) { api in
            let session = try await api.session(tenant: "wait")
            let created = try await session.post("/jobs", #"{"type":"noop"}"#)
            let id = try #require(try created.string("id").flatMap { JobID($0) })
            let start = ContinuousClock.now
            async let waiting = session.get("/jobs/\(id)?wait=60")
            try await untilWaiting(1, platform)
            // That it was claimed is no end.
            let worker = try await platform.openSession()
            try #require(try await platform.claim([id], by: worker).count == 1)
            platform.events.changed([id], of: TenantName(validated: "wait"))
            let run = TestPlatform.StartedRun(job: id, fence: RunFence(run: 1, worker: worker.worker))
            try await platform.end(run, .success(result: Array("[1]".utf8)))
            platform.events.changed([id], of: TenantName(validated: "wait"))
            let answer = try await waiting
            #expect(try answer.string("state") == "completed")
            #expect(answer.text.contains(#""result":[1]"#))
            #expect(ContinuousClock.now - start < .seconds(20))
        }
        #expect(platform.waits.waiters.count == 0)
        await platform.close()
    }

    @Test func whoWaitsForWhatIsDeletedIsToldSo() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve(.ahc(.http)) { api in
            let session = try await api.session(tenant: "wait")
            let id = try await submit(session)
            let start = ContinuousClock.now
            async let waiting = session.get("/jobs/\(id)?wait=60")
            try await untilWaiting(1, platform)
            #expect(try await session.send(.delete, "/jobs/\(id)").status == .noContent)
            try await waiting.expectProblem("not-found", .notFound)
            #expect(ContinuousClock.now - start < .seconds(20))
        }
        await platform.close()
    }

    @Test func whoseSessionEndsMeanwhileIsToldNothing() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve(.ahc(.http)) { api in
            let other = try await api.session(tenant: "wait")
            let id = try await submit(other)
            let session = UUID()
            let user = User.sample(.user, tenant: try TenantName("wait"))
            let token = try await platform.identity.authentication.tokens.issue(to: user, session: session)
            let waiter = TestSession(api: api, headers: [.authorization: "Bearer \(token)"])
            async let waiting = waiter.get("/jobs/\(id)?wait=60")
            try await untilWaiting(1, platform)
            platform.revocations.list.add([.session(session)])
            #expect(try await other.post("/jobs/\(id)/cancel", "").status == .ok)
            try await waiting.expectProblem("invalid-token", .unauthorized)
        }
        await platform.close()
    }

    @Test func whenTheTimeIsUpTheJobIsToldAsItIs() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "wait-in-vain")
            let id = try await submit(session)
            let start = ContinuousClock.now
            let answer = try await session.get("/jobs/\(id)?wait=1&fields=id,state")
            #expect(ContinuousClock.now - start >= .seconds(1))
            #expect(answer.text == #"{"id":"\#(id)","state":"scheduled"}"#)
            let tag = try #require(answer.headers[.eTag])
            let known: HTTPFields = [.ifNoneMatch: tag]
            let unchanged = try await session.get("/jobs/\(id)?wait=1&fields=id,state", headers: known)
            #expect(unchanged.status == .notModified && unchanged.bytes.isEmpty)
        }
    }

    @Test(arguments: ["-1", "61", "1.5", "x", "99999999999999999999"])
    func otherTimesAreRefused(_ time: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "wait").get("/jobs/\(JobID.make())?wait=\(time)")
            try answer.expectProblem("validation-failed", .unprocessableContent)
            #expect(try answer.fieldErrors()["wait"] == "must be a whole number from 0 to 60")
        }
    }

    @Test func nobodyWaitsForWhatIsNotTheirs() async throws {
        try await TestPlatform.shared().serve { api in
            let id = try await submit(try await api.session(tenant: "wait-mine"))
            let answer = try await api.session(tenant: "wait-theirs").get("/jobs/\(id)?wait=60")
            try answer.expectProblem("not-found", .notFound)
        }
    }

    /// Ends that come while somebody begins to wait: none may be missed, and nothing else looks.
    @Test func noEndIsLostBetweenTheLookAndTheWait() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve(.ahc(.http)) { api in
            let session = try await api.session(tenant: "wait-race")
            for _ in 0..<200 {
                let id = try await submit(session)
                let start = ContinuousClock.now
                async let waiting = session.get("/jobs/\(id)?wait=60")
                #expect(try await session.post("/jobs/\(id)/cancel", "").status == .ok)
                #expect(try await waiting.string("state") == "cancelled")
                // When the time is up, it would be found as well.
                try #require(ContinuousClock.now - start < .seconds(20))
            }
        }
        await platform.close()
    }

    @Test func aThousandWhoWaitHoldNoConnectionToTheDatabase() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve(.ahc(.http)) { api in
            let session = try await api.session(tenant: "wait-many")
            let token = try await api.token(.user, tenant: "wait-many")
            let ids = [try await submit(session), try await submit(session)]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<1_000 {
                    let id = ids[number % 2]
                    group.addTask {
                        try await api.exchange { connection in
                            try await connection.send(
                                "GET /jobs/\(id)?wait=60 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n"
                            )
                            try await connection.read(until: #""state":"cancelled""#)
                        }
                    }
                }
                try await untilWaiting(1_000, platform)
                let start = ContinuousClock.now
                let statement = PostgresStatement(
                    "busy",
                    "select count(*) from pg_stat_activity where datname = current_database() and state <> 'idle'"
                )
                // The connection that asks, and none besides.
                while try await platform.pool.query(statement).first?.decode("count", as: Int64.self) != 1 {
                    await Task.yield()
                }
                #expect(try await session.get("/jobs/\(ids[0])").status == .ok)
                #expect(platform.waits.waiters.count == 1_000)
                for id in ids { #expect(try await session.post("/jobs/\(id)/cancel", "").status == .ok) }
                try await group.waitForAll()
                #expect(ContinuousClock.now - start < .seconds(20))
            }
            try await untilWaiting(0, platform)
        }
        await platform.close()
    }

    @Test func whoHasGoneIsNotWaitedFor() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve(.ahc(.http)) { api in
            let token = try await api.token(.user, tenant: "wait-gone")
            let id = try await submit(try await api.session(tenant: "wait-gone"))
            try await api.exchange { connection in
                try await connection.send(
                    "GET /jobs/\(id)?wait=60 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n"
                )
                try await untilWaiting(1, platform)
            }
            let gone = ContinuousClock.now
            try await untilWaiting(0, platform)
            // Half a minute later the connection would be closed anyhow.
            #expect(ContinuousClock.now - gone < .seconds(15))
        }
        await platform.close()
    }

    @Test func whoWaitsDoesNotHoldUpTheEndOfTheService() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        let waiting = try await platform.serve(.ahc(.http)) { api in
            let token = try await api.token(.user, tenant: "wait-ending")
            let id = try await submit(try await api.session(tenant: "wait-ending"))
            let waiting = Task {
                try await api.exchange { connection in
                    try await connection.send(
                        "GET /jobs/\(id)?wait=60 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n"
                    )
                    let answer = try await connection.readToEnd()
                    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains(#""state":"scheduled""#))
                }
            }
            try await untilWaiting(1, platform)
            return waiting
        }
        try await waiting.value
        await platform.close()
    }
}
