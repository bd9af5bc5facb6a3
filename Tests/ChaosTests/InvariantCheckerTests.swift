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

    @Test func aJobThatLingersIsReported() {
        #expect(broken { $0.records[0].finished = self.time(36) } == [5])
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
