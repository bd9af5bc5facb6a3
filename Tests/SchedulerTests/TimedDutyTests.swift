import Foundation
import Postgres
import Synchronization
import Testing

@testable import JobCore
@testable import JobStore
@testable import Scheduler

@Suite(.timeLimit(.minutes(1))) struct TimedDutyTests {
    /// A scheduler's duty to queue due jobs, of which each round is counted.
    private func duty(_ fixture: SchedulerFixture, _ rounds: Rounds) throws -> TimedDuty {
        let due = TimedDuty.dueJobs(
            timers: fixture.stores.timers,
            publisher: fixture.publisher,
            changes: fixture.changes,
            listener: try fixture.listener(TimerStore.channel),
            logger: fixture.logger
        )
        return TimedDuty(due.name, listener: try fixture.listener(TimerStore.channel), logger: fixture.logger) {
            defer { rounds.count() }
            return try await due.round()
        }
    }

    /// What is due is locked by somebody who takes long over it: both schedulers look again now and then, and no more.
    @Test func twoSchedulersDoNotSpinOnWhatAnotherHasLocked() async throws {
        try await SchedulerFixture.run { fixture in
            let id = try await fixture.submit { $0.runAt = Date().addingTimeInterval(3_600) }
            try await fixture.pool.execute("update jobs_live set run_at = now() - interval '1 s'")
            let all = [Rounds(), Rounds()]
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await fixture.pool.withConnection { holder in
                    try await holder.execute("begin; select from jobs_live for update")
                    for rounds in all {
                        let duty = try duty(fixture, rounds)
                        group.addTask { try await duty.run() }
                    }
                    for rounds in all {
                        await rounds.wait(for: 8)
                        // One sleep less, as listening begins with a wake.
                        let least = TimedDuty.shortestSleep * (rounds.counted - 2)
                        #expect(ContinuousClock.now - start >= least, "\(rounds.counted) rounds")
                    }
                    #expect(try await fixture.job(id).state == .scheduled)
                    try await holder.execute("commit")
                }
                while try await fixture.job(id).state == .scheduled { try await Task.sleep(for: .milliseconds(5)) }
                #expect(try await fixture.job(id).state == .queued)
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test func whatIsStoredForEarlierThanTheNextLookWakesIt() async throws {
        try await SchedulerFixture.run { fixture in
            let rounds = Rounds()
            let duty = try duty(fixture, rounds)
            let running = Task { try await duty.run() }
            // The second round follows the beginning of the listening; the next one is ten seconds away.
            await rounds.wait(for: 2)
            let start = ContinuousClock.now
            let id = try await fixture.submit { $0.runAt = Date().addingTimeInterval(0.2) }
            while try await fixture.job(id).state == .scheduled { try await Task.sleep(for: .milliseconds(5)) }
            #expect(ContinuousClock.now - start < TimedDuty.longestSleep / 2)
            #expect(try await fixture.stores.jobs.counts(of: nil) == JobCounts(submitted: 1, queued: 1))
            running.cancel()
            try await running.value
        }
    }

    @Test func moreThanOneStatementTakesIsQueuedInOneRound() async throws {
        try await SchedulerFixture.run { fixture in
            let due = Date().addingTimeInterval(3_600)
            let jobs = (0..<9_000).map { _ in
                NewJob(type: JobType(validated: "noop"), payload: Array("{}".utf8), runAt: due)
            }
            _ = try await fixture.stores.submissions.copy(jobs)
            try await fixture.pool.execute("update jobs_live set run_at = now()")
            let duty = try duty(fixture, Rounds())
            let next = try await duty.round()
            #expect(try await fixture.stores.jobs.counts(of: nil) == JobCounts(submitted: 9_000, queued: 9_000))
            // A statement may have seen what another one had not committed yet; the next round finds nothing.
            if let next { #expect(next <= .zero) }
            #expect(try await duty.round() == nil)
        }
    }
}

/// Counts a duty's rounds and lets a test wait for them.
private final class Rounds: Sendable {
    private let number = Mutex(0)
    private let (counts, next) = AsyncStream.makeStream(of: Int.self)

    var counted: Int { number.withLock { $0 } }

    func count() {
        next.yield(
            number.withLock { number in
                number += 1
                return number
            }
        )
    }

    func wait(for count: Int) async {
        for await number in counts where number >= count { return }
    }
}
