import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

/// Holds the stores on a real PostgreSQL against ``JobLifecycle``, step by step, over random sequences of events: possible
/// ones, repeats, late messages with old fences, other workers, lost leases.
@Suite(.timeLimit(.minutes(2))) struct LifecycleConformanceTests {
    @Test(arguments: [UInt64](1...6))
    func theStoresDoWhatTheStateMachineSays(seed: UInt64) async throws {
        try await StoreFixture.run { fixture in
            var generator = SeededGenerator(seed: seed)
            let workers = (0..<2).map { _ in WorkerID.make() }
            for _ in 0..<8 {
                try await check(fixture, workers, seed: seed, &generator)
            }
            try await fixture.expectCountersToMatchRows("seed \(seed)")
        }
    }

    private func check(
        _ fixture: StoreFixture,
        _ workers: [WorkerID],
        seed: UInt64,
        _ generator: inout SeededGenerator
    ) async throws {
        var model = JobLifecycle(
            maxAttempts: Int.random(in: 1...4, using: &generator),
            isDueNow: .random(using: &generator)
        )
        let id = try await fixture.submit {
            $0.maxAttempts = model.maxAttempts
            if model.state == .scheduled { $0.runAt = Date().addingTimeInterval(3_600) }
        }
        var history: [JobEvent] = []
        for _ in 0..<25 {
            let event = JobEvent.random(near: model, workers: workers, using: &generator)
            history.append(event)
            let before = model
            _ = try? model.apply(event)
            try await fixture.carryOut(event, on: id)
            let job = try await fixture.job(id)
            let isSame =
                (job.state, job.run, job.attempt, job.worker) == (model.state, model.run, model.attempt, model.worker)
                && (job.state != .running || (job.cancelRequestedAt != nil) == model.isCancelRequested)
            guard isSame else {
                Issue.record("seed \(seed): \(before) became \(job) instead of \(model) by \(history)")
                return
            }
        }
    }
}

extension StoreFixture {
    /// Has the stores do what an event says.
    fileprivate func carryOut(_ event: JobEvent, on id: JobID) async throws {
        switch event {
        case .due:
            try await sql("update jobs_live set run_at = now() where run_at is not null and id = '\(id)'")
            _ = try await stores.timers.queueDueJobs(limit: 10)
        case .claim(let run, let worker):
            // It names whatever it might have of this job, so that its new session takes nothing from it.
            let last = try await job(id).run
            let session = try await open(worker, runs: (0...last).map { RunKey(job: id, run: $0) }).key
            _ = try await claim(id, run: run, by: session)
        case .success(let fence):
            try await end(id, run: fence.run, by: fence.worker, .success(result: nil))
        case .failure(let fence, let mayRetry):
            // A delay of an hour: only the event itself makes it due.
            let failure = RunFailure(kind: "error", error: "x", isFinal: !mayRetry, retryAfter: .seconds(3_600))
            try await end(id, run: fence.run, by: fence.worker, .failure(failure))
        case .release(let fence):
            try await end(id, run: fence.run, by: fence.worker, .release(delay: nil))
        case .snooze(let fence):
            try await end(id, run: fence.run, by: fence.worker, .release(delay: .seconds(3_600)))
        case .cancelled(let fence):
            try await end(id, run: fence.run, by: fence.worker, .cancelled)
        case .lost(let worker):
            try await expireLeases(of: worker)
            _ = try await stores.leases.endExpired(limit: 10)
        case .cancel:
            _ = try await stores.cancellations.cancel(id, of: nil)
        case .replay:
            let actor = AuditActor(Principal(subject: "test", tenant: .default, role: .admin))
            _ = try await stores.deadLetters.replay(DeadLetterSelection(ids: [id]), limit: 1, pace: nil, by: actor)
        }
    }
}
