import Foundation
import Testing

@testable import Chaos

/// The checker must be able to fail: each test spoils a clean story in one way.
@Suite struct InvariantCheckerTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    /// A job that ran well, and one whose first worker was killed.
    private var story: Evidence {
        var evidence = Evidence()
        evidence.accepted = [job("a"), job("b")]
        evidence.records = [record("a", run: 1, at: 1), record("b", run: 2, at: 14)]
        evidence.ledger = [
            entry("a", run: 1, "worker-1", .start, at: 0), entry("a", run: 1, "worker-1", .success, at: 0.9),
            entry("b", run: 1, "worker-2", .start, at: 1),
            entry("b", run: 2, "worker-1", .start, at: 12), entry("b", run: 2, "worker-1", .success, at: 13.9),
        ]
        evidence.attempts = [
            .init(job: "b", run: 1, worker: "id-of-worker-2", kind: "lost", ended: time(12))
        ]
        evidence.blows = [
            .init(
                fault: Fault(target: .node(.worker(2)), kind: .kill, start: .seconds(2), duration: .seconds(3)),
                began: time(2),
                ended: time(5)
            )
        ]
        evidence.firings = (0..<5).map { .init(schedule: "all", instant: time(Double($0)), jobs: 1) }
        evidence.healed = time(5)
        return evidence
    }

    private func broken(_ spoil: (inout Evidence) -> Void) -> [Int] {
        var evidence = story
        spoil(&evidence)
        return InvariantChecker(evidence).findings.filter { !$0.violations.isEmpty }.map(\.number)
    }

    @Test func aCleanStoryHasNoViolation() {
        #expect(broken { _ in } == [])
        let recovery = InvariantChecker(story).findings[4].figure
        #expect(recovery == "recovery from kill -9: median 10.0 s, worst 10.0 s, 1 runs")
    }

    @Test func aLostJobIsReported() {
        #expect(broken { $0.records.removeAll { $0.id == "a" } } == [1])
    }

    @Test func aJobThatNeverEndsIsReported() {
        #expect(broken { $0.records[0] = .init(id: "a", state: "queued", run: 1) } == [1])
    }

    @Test func aJobThatEndedAsItCannotIsReported() {
        #expect(broken { $0.accepted[0].kind = .doomed } == [1])
    }

    @Test func twoEndsAreReported() {
        #expect(broken { $0.records.append($0.records[0]) } == [2])
    }

    @Test func anEndThatNoRunBroughtIsReported() {
        #expect(broken { $0.ledger.removeAll { $0.job == "a" && $0.event == .success } } == [2])
    }

    @Test func aRunAfterTheEndIsReported() {
        #expect(broken { $0.ledger.append(self.entry("a", run: 2, "worker-3", .start, at: 3)) } == [2])
    }

    @Test func twoHoldersOfOneRunAreReported() {
        #expect(broken { $0.ledger.append(self.entry("a", run: 1, "worker-3", .start, at: 0.5)) } == [3])
    }

    @Test func aLeaseLostForNoReasonIsReported() {
        #expect(
            broken {
                $0.attempts.append(
                    .init(job: "a", run: 0, worker: "id-of-worker-1", kind: "lost", ended: self.time(20))
                )
                $0.attempts.append(
                    .init(job: "a", run: 1, worker: "id-of-worker-1", kind: "error", ended: self.time(20))
                )
            } == [4]
        )
    }

    @Test func aRunThatOverlapsTheNextIsReported() {
        #expect(
            broken {
                $0.attempts = []
                $0.ledger.append(self.entry("b", run: 1, "worker-2", .stopped, at: 13))
            } == [4]
        )
    }

    @Test func aSlowRecoveryIsReported() {
        #expect(
            broken {
                $0.ledger[3] = self.entry("b", run: 2, "worker-1", .start, at: 17.1)
                $0.ledger[4] = self.entry("b", run: 2, "worker-1", .success, at: 17.2)
                $0.records[1].finished = self.time(17.3)
            } == [5]
        )
    }

    @Test func aRunThatGoesOnForTooLongIsReported() {
        #expect(line([(0, 0)]) { $0.records[0].finished = self.time(36) } == [])
        #expect(line([(0, 0)]) { $0.records[0].finished = self.time(38) } == [5])
    }

    @Test func aJobThatIsDeadBeforeItsTimeIsReported() {
        func die(_ reason: String, attempts: Int) -> [Int] {
            broken {
                $0.records[0].state = "dead"
                $0.records[0].reason = reason
                ($0.records[0].attempts, $0.records[0].maxAttempts) = (attempts, 12)
            }
        }
        #expect(die("attempts_exhausted", attempts: 12) == [])
        #expect(die("attempts_exhausted", attempts: 3) == [1])
        #expect(die("unhandled", attempts: 12) == [1])
    }

    // MARK: Waiting

    /// A story of jobs that are queued and started at these times, each for a moment, with nothing wrong.
    private func line(
        _ jobs: [(queued: Double, started: Double)],
        type: String = LedgerHandler.work,
        _ spoil: (inout Evidence) -> Void = { _ in }
    ) -> [Int] {
        var evidence = Evidence()
        for (number, times) in jobs.enumerated() {
            let id = "job-\(number)"
            evidence.accepted.append(job(id))
            var record = record(id, run: 1, at: times.started + 0.1)
            record.backlog.type = type
            (record.queued, record.started) = (time(times.queued), time(times.started))
            evidence.records.append(record)
            evidence.ledger.append(entry(id, run: 1, "worker-1", .start, at: times.started))
            evidence.ledger.append(entry(id, run: 1, "worker-1", .success, at: times.started + 0.05))
        }
        spoil(&evidence)
        return InvariantChecker(evidence).findings.filter { !$0.violations.isEmpty }.map(\.number)
    }

    /// A backlog in which the last job waits for two minutes.
    private static let backlog = (0..<120).map { (queued: Double($0) / 1_000, started: Double($0)) }

    @Test func aJobWaitsForThoseBeforeIt() {
        #expect(line(Self.backlog) == [])
    }

    @Test func aJobThatWaitsAloneIsReported() {
        #expect(line([(0, 24)]) == [])
        #expect(line([(0, 26)]) == [5])
    }

    @Test func aBacklogThatStallsIsReported() {
        #expect(line(Self.backlog.map { ($0.queued, $0.started < 60 ? $0.started : $0.started + 30) }) == [5])
    }

    @Test func aJobThatIsOvertakenIsReported() {
        let overtaken = Self.backlog.map { (queued: $0.started, started: $0.started) }
        #expect(line(overtaken + [(queued: 10, started: 30)]) == [])
        #expect(line(overtaken + [(queued: 10, started: 40)]) == [5])
    }

    @Test func aJobThatIsQueuedLateIsReported() {
        func delayed(until seconds: Double) -> [Int] {
            line([(seconds, seconds)]) { $0.accepted[0].kind = .delayed }
        }
        #expect(delayed(until: 30) == [])
        #expect(delayed(until: 32) == [5])
        func retried(at seconds: Double) -> [Int] {
            line([(seconds, seconds)]) {
                $0.records[0].run = 2
                ($0.ledger[0].run, $0.ledger[1].run) = (2, 2)
                $0.attempts = [
                    .init(job: "job-0", run: 1, worker: "id-of-worker-1", kind: "error", ended: self.time(1))
                ]
            }
        }
        #expect(retried(at: 25) == [])
        #expect(retried(at: 28) == [5])
    }

    @Test func timeThatWasDisturbedDoesNotCount() {
        func with(_ target: Fault.Target, _ kind: Fault.Kind, for seconds: Double, waiting: Double) -> [Int] {
            line([(0, waiting)]) {
                $0.blows = [
                    .init(
                        fault: Fault(target: target, kind: kind, start: .zero, duration: .seconds(seconds)),
                        began: self.time(0),
                        ended: self.time(seconds)
                    )
                ]
            }
        }
        #expect(with(.node(.broker), .kill, for: 5, waiting: 44) == [])
        #expect(with(.node(.broker), .kill, for: 5, waiting: 46) == [5])
        #expect(with(.rows(.dead), .lock, for: 5, waiting: 30) == [])
        #expect(with(.rows(.dead), .lock, for: 5, waiting: 32) == [5])
        // These should make no difference.
        #expect(with(.database, .hold, for: 20, waiting: 26) == [5])
        #expect(with(.node(.guest), .visit, for: 20, waiting: 26) == [5])
        #expect(with(.node(.specialist), .leave, for: 20, waiting: 26) == [5])
    }

    @Test func timeWithoutAHandlerDoesNotCount() {
        func special(waiting: Double) -> [Int] {
            line([(0, waiting)], type: LedgerHandler.special) {
                $0.blows = [
                    .init(
                        fault: Fault(target: .node(.specialist), kind: .leave, start: .zero, duration: .seconds(20)),
                        began: self.time(0),
                        ended: self.time(20)
                    )
                ]
            }
        }
        #expect(special(waiting: 47) == [])
        #expect(special(waiting: 49) == [5])
    }

    @Test func timeThatWasPausedDoesNotCount() {
        func paused(_ queue: String, waiting: Double) -> [Int] {
            line([(0, waiting)]) { $0.pauses = [self.pause(queue, from: 1, to: 21)] }
        }
        #expect(paused("one", waiting: 45) == [])
        #expect(paused("one", waiting: 47) == [5])
        #expect(paused("two", waiting: 45) == [5])
    }

    @Test func aStartInAPausedQueueIsReported() {
        #expect(line([(2, 3)]) { $0.pauses = [self.pause("one", from: 1, to: 20)] } == [])
        #expect(line([(2, 4)]) { $0.pauses = [self.pause("one", from: 1, to: 20)] } == [5])
        #expect(line([(2, 4)]) { $0.pauses = [self.pause("two", from: 1, to: 20)] } == [])
        #expect(
            line([(2, 4)]) {
                // Nobody said that it is paused.
                $0.pauses = [self.pause("one", from: 1, to: 20)]
                $0.pauses[0].held = nil
            } == []
        )
    }

    @Test func aLeaseThatALockEndedIsReported() {
        func locked(_ rows: Fault.LockedRows) -> [Int] {
            broken { evidence in
                evidence.attempts.append(
                    .init(job: "a", run: 0, worker: "id-of-worker-1", kind: "lost", ended: self.time(20))
                )
                evidence.attempts.append(
                    .init(job: "a", run: 1, worker: "id-of-worker-1", kind: "error", ended: self.time(20))
                )
                evidence.blows.append(
                    .init(
                        fault: Fault(target: .rows(rows), kind: .lock, start: .zero, duration: .seconds(6)),
                        began: self.time(10),
                        ended: self.time(16)
                    )
                )
            }
        }
        #expect(locked(.workers) == [])
        #expect(locked(.counters) == [4])
    }

    @Test func aHandlerThatCannotBeStoppedMayOutliveItsWorkersGoodbye() {
        func outliving(_ type: String) -> [Int] {
            broken { evidence in
                evidence.attempts = []
                evidence.records[1].backlog.type = type
                evidence.ledger.append(self.entry("b", run: 1, "worker-2", .success, at: 13))
            }
        }
        #expect(outliving(LedgerHandler.blocking) == [])
        #expect(outliving(LedgerHandler.work) == [4])
    }

    @Test func aBatchThatIsSentAgainHasOtherJobs() {
        let twice = { (evidence: inout Evidence) in
            evidence.records.append(.init(id: "c", state: "completed", run: 0, mark: "a", finished: nil))
        }
        #expect(broken(twice) == [7])
        #expect(
            broken {
                $0.accepted[0].hasKey = false
                twice(&$0)
            } == []
        )
    }

    private func pause(_ queue: String, from: Double, to: Double) -> Evidence.Pause {
        .init(
            queue: ChaosQueue(tenant: .default, name: queue),
            asked: time(from),
            held: time(from),
            resuming: time(to),
            resumed: time(to)
        )
    }

    @Test func firingsThatAreMissedOrDoubleAreReported() {
        #expect(broken { $0.firings.remove(at: 2) } == [6])
        #expect(broken { $0.firings[2].jobs = 2 } == [6])
        #expect(broken { $0.firings.append($0.firings[2]) } == [6])
    }

    @Test func aKeyWithTwoJobsIsReported() {
        #expect(broken { $0.accepted[0].ids = ["a", "c"] } == [7])
        #expect(
            broken { $0.records.append(.init(id: "c", state: "completed", run: 0, mark: "a", finished: nil)) } == [7]
        )
    }

    @Test func aRepeatThatIsNotKnownIsReported() {
        #expect(broken { $0.wrongRefusals = ["a was answered 422"] } == [7])
    }

    @Test func aLeakIsReported() {
        #expect(broken { $0.tenantLeaks = ["GET /jobs/a was answered 200"] } == [8])
    }

    private func time(_ seconds: Double) -> Date { Self.start.addingTimeInterval(seconds) }

    private func job(_ id: String) -> AcceptedJob {
        AcceptedJob(id: id, kind: .immediate, mark: id, answered: time(0), ids: [id])
    }

    private func record(_ id: String, run: Int, at seconds: Double) -> Evidence.Record {
        .init(id: id, state: "completed", run: run, worker: "id-of-worker-1", mark: id, finished: time(seconds))
    }

    private func entry(
        _ job: String,
        run: Int,
        _ worker: String,
        _ event: LedgerEntry.Event,
        at seconds: Double
    ) -> LedgerEntry {
        LedgerEntry(job: job, run: run, attempt: run, worker: worker, process: 1, event: event, time: time(seconds))
    }
}
