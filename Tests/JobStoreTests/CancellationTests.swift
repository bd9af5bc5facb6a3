import Foundation
import Postgres
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
    @Test func aWaitingJobIsCancelledAtOnceAndCannotBeClaimed() async throws {
        try await StoreFixture.run { fixture in
            let queued = try await fixture.submit()
            let scheduled = try await fixture.submit { $0.runAt = Date().addingTimeInterval(3_600) }
            let retrying = try await fixture.submitAndClaim()
            try await fixture.end(retrying, run: 1, .failure(RunFailure(kind: "error", error: "x")))
            for id in [queued, scheduled, retrying] {
                #expect(try await fixture.stores.cancellations.cancel(id, of: nil) == .cancelled(JobType("noop")))
                #expect(try await fixture.job(id).state == .cancelled)
                #expect(try await fixture.stores.cancellations.cancel(id, of: nil) == nil)
                #expect(try await fixture.claim(id, run: 1) == nil)
            }
            #expect(try await fixture.counts() == JobCounts(submitted: 3, cancelled: 3, failed: 1))
        }
    }

    @Test func aRunningJobIsMarkedAndItsWorkerNamed() async throws {
        try await StoreFixture.run { fixture in
            let listener = PostgresListener(
                configuration: try PostgresConfiguration(url: fixture.url),
                channels: [CancellationStore.channel]
            )
            var events = listener.makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            let id = try await fixture.submitAndClaim()
            for _ in 0..<2 { #expect(try await fixture.stores.cancellations.cancel(id, of: nil) == .requested) }
            let job = try await fixture.job(id)
            #expect(job.state == .running && job.cancelRequestedAt != nil)
            guard case .notification(let notification) = await events.next() else {
                Issue.record("the job-services must be told")
                return
            }
            let run = CancelledRun(worker: fixture.worker, job: id, run: 1)
            #expect(CancelledRun(notification: notification.payload) == run)
            #expect(try await fixture.cancelledRuns() == [run])
            #expect(try await fixture.cancelledRuns(of: fixture.open().key).isEmpty)
            try await fixture.end(id, run: 1, .cancelled)
            #expect(try await fixture.cancelledRuns().isEmpty)
            #expect(try await fixture.counts() == JobCounts(submitted: 1, cancelled: 1))
        }
    }

    @Test func aJobOfAnotherTenantIsLeftAlone() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submit()
            #expect(try await fixture.stores.cancellations.cancel(id, of: TenantName(validated: "other")) == nil)
            #expect(try await fixture.job(id).state == .queued)
        }
    }

    @Test func claimsAndCancellationsThatMeetLeaveOneAnswerEach() async throws {
        try await StoreFixture.run { fixture in
            for _ in 0..<40 {
                let id = try await fixture.submit()
                async let granted = fixture.claim(id, run: 1) != nil
                async let cancelled = fixture.stores.cancellations.cancel(id, of: nil)
                let (hasRun, cancellation) = try await (granted, cancelled)
                #expect(cancellation == (hasRun ? .requested : .cancelled(JobType(validated: "noop"))))
                #expect(try await fixture.job(id).state == (hasRun ? .running : .cancelled))
            }
            try await fixture.expectCountersToMatchRows("claims against cancellations")
        }
    }

    @Test(arguments: 0..<3) func outcomesAndCancellationsThatMeetNeverLeaveAJobRunning(_ variant: Int) async throws {
        let outcome: RunOutcome.Kind = [
            .success(result: nil), .failure(RunFailure(kind: "error", error: "x")), .release(delay: nil),
        ][variant]
        try await StoreFixture.run { fixture in
            for _ in 0..<30 {
                let id = try await fixture.submitAndClaim()
                async let ended = fixture.end(id, run: 1, outcome)
                async let cancelled = fixture.stores.cancellations.cancel(id, of: nil)
                let cancellation = try await (ended, cancelled).1
                let state = try await fixture.job(id).state
                // Nil: the success came first, and the job had ended.
                #expect(state == (variant == 0 ? .completed : .cancelled), "\(String(describing: cancellation))")
                #expect(cancellation != nil || variant == 0)
            }
            try await fixture.expectCountersToMatchRows("outcomes against cancellations")
        }
    }

    @Test func theAttemptOfACancelledRunIsShown() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submitAndClaim()
            #expect(try await fixture.stores.jobs.attempts(of: fixture.job(id)).map(\.outcome) == [.running])
            try await fixture.end(id, run: 1, .failure(RunFailure(kind: "timeout", error: "late", retryAfter: .zero)))
            _ = try await fixture.stores.timers.queueDueJobs(limit: 1)
            _ = try await fixture.claim(id, run: 2)
            _ = try await fixture.stores.cancellations.cancel(id, of: nil)
            try await fixture.end(id, run: 2, .cancelled)
            let attempts = try await fixture.stores.jobs.attempts(of: fixture.job(id))
            #expect(attempts.map(\.run) == [2, 1])
            #expect(attempts.map(\.outcome) == [.cancelled, .failed])
            #expect(attempts.map(\.kind) == [nil, "timeout"])
            #expect(attempts.map(\.error) == [nil, "late"])
            #expect(attempts.allSatisfy { $0.worker == fixture.worker && $0.endedAt != nil })
        }
    }
}
