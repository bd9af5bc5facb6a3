import Concurrency
import Foundation
import HTTPTypes
import HummingbirdTesting
import JobCore
import Synchronization
import TestSupport
import Testing

@testable import JobService
@testable import JobStore
@testable import Platform

/// Two job-services on one database: a job ends through the one, and whoever waits with the other hears of it.
@Suite(.timeLimit(.minutes(2)))
struct WaitAcrossServicesTests {
    /// Runs two platforms that hear of each other, and look for what they missed only as often as is said.
    private func withTwo(
        lookingEvery period: Duration,
        _ body: @Sendable (_ here: TestAPI, _ there: TestAPI) async throws -> Void
    ) async throws {
        let url = try await TestServers.shared.database()
        let platforms = [
            try await TestPlatform(url: url, waitPeriod: period), try await TestPlatform(url: url, waitPeriod: period),
        ]
        let running = platforms.map { platform in Task { try await platform.waits.run() } }
        for platform in platforms {
            // Told until it is heard, which is when it listens.
            let waiter = try platform.waits.waiters.begin(.make(), by: "warm-up")
            let hasHeard = Atomic(false)
            async let hearing: Void = {
                await waiter.ended.wait()
                hasHeard.store(true, ordering: .releasing)
            }()
            while !hasHeard.load(ordering: .acquiring) {
                try Task.checkCancellation()
                try await platform.stores.jobWaits.announce([.ended([waiter.job])])
            }
            await hearing
            platform.waits.waiters.end(waiter)
        }
        try await platforms[0].serve(.ahc(.http)) { here in
            try await platforms[1].serve(.ahc(.http)) { there in try await body(here, there) }
        }
        for task in running {
            task.cancel()
            try await task.value
        }
        for platform in platforms { await platform.close() }
    }

    @Test func anEndElsewhereIsToldHere() async throws {
        try await withTwo(lookingEvery: .seconds(3_600)) { here, there in
            let (mine, theirs) = (try await here.session(tenant: "t"), try await there.session(tenant: "t"))
            for _ in 0..<50 {
                let id = try #require(try await mine.post("/jobs", #"{"type":"t"}"#).string("id"))
                let start = ContinuousClock.now
                async let waiting = mine.get("/jobs/\(id)?wait=60")
                #expect(try await theirs.post("/jobs/\(id)/cancel", "").status == .ok)
                #expect(try await waiting.string("state") == "cancelled")
                // When the time is up, it would be found as well.
                try #require(ContinuousClock.now - start < .seconds(20))
            }
        }
    }

    /// As when a scheduler buries a job, or a word is lost.
    @Test func anEndThatNobodyToldOfIsFound() async throws {
        try await withTwo(lookingEvery: .milliseconds(50)) { here, _ in
            let session = try await here.session(tenant: "t")
            let id = try #require(try await session.post("/jobs", #"{"type":"t"}"#).string("id"))
            let start = ContinuousClock.now
            async let waiting = session.get("/jobs/\(id)?wait=60")
            while here.platform.waits.waiters.count == 0 { await Task.yield() }
            let job = try #require(JobID(id))
            #expect(try await here.platform.stores.cancellations.cancel(job, of: nil) == .cancelled(JobType("t")))
            #expect(try await waiting.string("state") == "cancelled")
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }
}
