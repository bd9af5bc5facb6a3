import Foundation
import Testing

@testable import Formats
@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct TransitionTests {
    @Test func aJobKeepsWhatWasSubmittedToTheByte() async throws {
        try await StoreFixture.run { fixture in
            let payload = #"{ "z": 12345678901234567890.10,"a":[1, 2], "ü": "\u0000" }"#
            let id = try await fixture.submit {
                $0.payload = Array(payload.utf8)
                $0.tags = ["x", "y z"]
                $0.retry = RetryPolicy(strategy: .linear, base: 1, maxDelay: 5, jitter: false)
                $0.timeout = .milliseconds(1500)
                $0.priority = .critical
                $0.maxAttempts = 3
            }
            let job = try await fixture.job(id)
            #expect(String(decoding: job.payload, as: UTF8.self) == payload)
            #expect((job.state, job.run, job.attempt) == (.queued, 0, 0))
            #expect(
                (job.tags, job.priority, job.maxAttempts, job.timeoutMilliseconds) == (
                    ["x", "y z"], .critical, 3, 1500
                )
            )
            #expect(job.queuedAt == job.createdAt)
        }
    }

    @Test func aSuccessMovesTheJobToTheHistoryOnce() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submitAndClaim()
            #expect(try await fixture.job(id).state == .running)
            for _ in 0..<2 { try await fixture.end(id, run: 1, .success(result: Array("[1]".utf8))) }
            let job = try await fixture.job(id)
            #expect(job.state == .completed)
            #expect(job.result == Array("[1]".utf8))
            #expect(try await fixture.counts() == JobCounts(submitted: 1, completed: 1))
        }
    }

    @Test func anOutcomeWithAnOldFenceChangesNothing() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submitAndClaim()
            let other = WorkerID.make()
            try await fixture.end(id, run: 1, by: other, .success(result: nil))
            try await fixture.end(id, run: 2, .success(result: nil))
            try await fixture.end(id, run: 0, .failure(RunFailure(kind: "error", error: "late", isFinal: true)))
            try await fixture.end(id, run: 1, by: other, .release(delay: nil))
            let job = try await fixture.job(id)
            #expect((job.state, job.run, job.attempt) == (.running, 1, 1))
            #expect(try await fixture.counts() == JobCounts(submitted: 1, running: 1))
        }
    }

    @Test func failuresAreRetriedUntilAttemptsRunOut() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submitAndClaim {
                $0.maxAttempts = 2
                $0.retry = RetryPolicy(strategy: .fixed, base: 0, jitter: false)
            }
            try await fixture.end(id, run: 1, .failure(RunFailure(kind: "error", error: "first")))
            var job = try await fixture.job(id)
            #expect((job.state, job.error, job.queuedAt) == (.retrying, "first", nil))
            #expect(try await fixture.counts() == JobCounts(submitted: 1, retrying: 1, failed: 1))

            let announced = try await fixture.stores.timers.queueDueJobs(limit: 10).announcements
            #expect(announced.map(\.id) == [id])
            #expect(announced.map(\.run) == [2])
            #expect(announced.map(\.backlog) == [.noop])
            _ = try await fixture.claim(id, run: 2)
            try await fixture.end(id, run: 2, .failure(RunFailure(kind: "error", error: "second")))
            job = try await fixture.job(id)
            #expect((job.state, job.attempt, job.reason, job.error) == (.dead, 2, "attempts_exhausted", "second"))
            #expect(try await fixture.counts() == JobCounts(submitted: 1, failed: 2, died: 1, dead: 1))
        }
    }

    @Test func aFinalFailureIsNotRetried() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submitAndClaim()
            try await fixture.end(id, run: 1, .failure(RunFailure(kind: "error", error: "no use", isFinal: true)))
            let job = try await fixture.job(id)
            #expect((job.state, job.reason) == (.dead, "discarded"))
        }
    }

    @Test func aReleaseIsAnnouncedInItsPlaceAndASnoozeIsScheduled() async throws {
        try await StoreFixture.run { fixture in
            let released = try await fixture.submitAndClaim()
            let queuedAt = try await fixture.queuedAt(released)
            let announced = try await fixture.end(released, run: 1, .release(delay: nil)).announcements
            #expect(announced.map(\.id) == [released])
            #expect(announced.map(\.run) == [2])
            #expect(announced.map(\.queuedAt.microsecondsSince1970) == [queuedAt])
            var job = try await fixture.job(released)
            #expect((job.state, job.run, job.attempt) == (.queued, 1, 0))
            #expect(try await fixture.queuedAt(released) == queuedAt)

            let snoozed = try await fixture.submitAndClaim()
            #expect(try await fixture.end(snoozed, run: 1, .release(delay: .seconds(60))).announcements.isEmpty)
            job = try await fixture.job(snoozed)
            #expect((job.state, job.run, job.attempt) == (.scheduled, 1, 0))
            #expect(try await fixture.counts() == JobCounts(submitted: 2, scheduled: 1, queued: 1))
        }
    }

    @Test func scheduledJobsAreQueuedWhenDueEarliestFirst() async throws {
        try await StoreFixture.run { fixture in
            let timers = fixture.stores.timers
            let now = Date()
            let late = try await fixture.submit { $0.runAt = now.addingTimeInterval(3_600) }
            #expect(try await fixture.job(late).state == .scheduled)
            let wait = try #require(try await timers.queueDueJobs(limit: 1).untilNext)
            #expect(wait > .seconds(3_590) && wait <= .seconds(3_600))
            let later = try await fixture.submit { $0.runAt = now.addingTimeInterval(7_200) }
            try await fixture.sql("update jobs_live set run_at = run_at - interval '3 hours'")
            let first = try await timers.queueDueJobs(limit: 1)
            #expect(first.announcements.map(\.id) == [late])
            #expect(try #require(first.untilNext) < .zero, "there is more to do at once")
            let second = try await timers.queueDueJobs(limit: 1)
            #expect(second.announcements.map(\.id) == [later])
            #expect(second.untilNext == nil)
            #expect(try await fixture.counts() == JobCounts(submitted: 2, queued: 2))
        }
    }

    @Test func aBatchIsStoredWholeOrNotAtAll() async throws {
        try await StoreFixture.run { fixture in
            let good = NewJob(type: try JobType("noop"), payload: Array("{}".utf8))
            let bad = NewJob(type: try JobType("noop"), payload: Array("{".utf8))
            await #expect(throws: (any Error).self) { try await fixture.stores.submissions.insert([good, bad]) }
            #expect(try await fixture.stores.jobs.job(good.id, of: nil) == nil)
            #expect(try await fixture.counts() == JobCounts())
        }
    }
}
