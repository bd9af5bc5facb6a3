import Formats
import Foundation
import Testing

@testable import JobCore
@testable import JobStore

/// What handlers say of their runs: whose words count, which of them, and for how long.
@Suite(.timeLimit(.minutes(1))) struct NoteTests {
    private func note(_ id: JobID, run: Int, by worker: WorkerID, _ change: (inout RunNote) -> Void) -> RunNote {
        var note = RunNote(source: RunNote.Source(job: id, fence: RunFence(run: run, worker: worker)))
        change(&note)
        return note
    }

    private func line(_ number: Int) -> RunNote.Line {
        RunNote.Line(number: number, age: .seconds(60), level: "info", message: "line \(number)")
    }

    /// - Returns: The runs whose notes were kept.
    @discardableResult
    private func keep(_ notes: [RunNote], in fixture: StoreFixture) async throws -> [RunKey: String] {
        var batch = ExchangeBatch()
        batch.notes = notes
        return try await fixture.stores.exchanges.carryOut(batch).noted.mapValues(\.rawValue)
    }

    @Test func theLastWordsOfWhoHoldsTheRunCount() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submitAndClaim()
            #expect(try await fixture.job(id).progress == nil)
            for fraction in [0.25, 0.5] {
                let said = note(id, run: 1, by: fixture.worker) {
                    $0.progress = .init(fraction, "at \(fraction)")
                }
                #expect(try await keep([said], in: fixture) == [RunKey(job: id, run: 1): "default"])
            }
            let stranger = note(id, run: 1, by: .make()) { $0.progress = .init(1, "") }
            let late = note(id, run: 0, by: fixture.worker) { $0.progress = .init(1, "") }
            #expect(try await keep([stranger, late], in: fixture).isEmpty)
            let progress = try #require(try await fixture.job(id).progress)
            #expect(progress.fraction == 0.5 && progress.message == "at 0.5" && progress.run == 1)
            #expect(try await fixture.stores.jobs.summaries(of: [id]).first?.progress == progress)
            #expect(try await fixture.stores.jobs.scan(JobFilter(), limit: 50).jobs.first?.progress == progress)

            // It stays with the job when that has ended, and nobody may speak of it any more.
            try await fixture.end(id, run: 1, .success(result: nil))
            #expect(
                try await keep([note(id, run: 1, by: fixture.worker) { $0.lines = [line(0)] }], in: fixture).isEmpty
            )
            #expect(try await fixture.job(id).progress == progress)
        }
    }

    /// In one transaction with the end of the run, as a worker sends them.
    @Test func whatIsSaidAtTheEndIsKeptBeforeIt() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submitAndClaim()
            var batch = ExchangeBatch()
            batch.notes = [note(id, run: 1, by: fixture.worker) { $0.lines = [line(0)] }]
            batch.outcomes = [
                RunOutcome(job: id, fence: RunFence(run: 1, worker: fixture.worker), kind: .success(result: nil))
            ]
            #expect(try await fixture.stores.exchanges.carryOut(batch).noted.count == 1)
            let lines = try await fixture.stores.jobs.logLines(of: id, run: nil, limit: 10)
            #expect(lines.map(\.message) == ["line 0"])
            #expect(abs(lines[0].at.timeIntervalSinceNow + 60) < 5, "it was written a minute before it was reported")
        }
    }

    @Test func aCheckpointIsGivenToTheNextAttemptUntilItIsForgotten() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submit { $0.tags = ["nightly run"] }
            func next(_ run: Int) async throws -> GrantedRun {
                _ = try await fixture.stores.timers.queueNow(id, of: nil)
                return try #require(try await fixture.claim(id, run: run))
            }
            let first = try #require(try await fixture.claim(id, run: 1))
            #expect(first.checkpoint == nil && first.tags == ["nightly run"])
            let createdAt = try await fixture.job(id).createdAt.microsecondsSince1970
            #expect(first.createdAt == createdAt)
            let page = Array(#"{"page": 7}"#.utf8)
            try await keep([note(id, run: 1, by: fixture.worker) { $0.checkpoint = page }], in: fixture)
            let failure = RunOutcome.Kind.failure(RunFailure(kind: "error", error: "x"))
            try await fixture.end(id, run: 1, failure)
            #expect(try await next(2).checkpoint == page)
            // One that says nothing of it hands it on; progress does not touch it.
            try await keep([note(id, run: 2, by: fixture.worker) { $0.progress = .init(0.1, "") }], in: fixture)
            try await fixture.end(id, run: 2, failure)
            #expect(try await next(3).checkpoint == page)
            try await keep([note(id, run: 3, by: fixture.worker) { $0.checkpoint = Array("null".utf8) }], in: fixture)
            try await fixture.end(id, run: 3, failure)
            #expect(try await next(4).checkpoint == Array("null".utf8))
        }
    }

    @Test func aRunKeepsItsLastLinesAndAJobThoseOfItsLastRuns() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submit { $0.maxAttempts = 100 }
            let most = RunNote.maxLines
            for run in 1...12 {
                _ = try await fixture.stores.timers.queueNow(id, of: nil)
                try #require(try await fixture.claim(id, run: run) != nil)
                let count = run == 12 ? most + 44 : 1
                for start in stride(from: 0, to: count, by: 100) {
                    let lines = (start..<min(start + 100, count)).map(line)
                    try await keep([note(id, run: run, by: fixture.worker) { $0.lines = lines }], in: fixture)
                }
                // Told again, as the answer was lost.
                try await keep([note(id, run: run, by: fixture.worker) { $0.lines = [line(0)] }], in: fixture)
                try await fixture.end(id, run: run, .failure(RunFailure(kind: "error", error: "x")))
            }
            let lines = try await fixture.stores.jobs.logLines(of: id, run: nil, limit: 10_000)
            #expect(Set(lines.map(\.run)) == Set(3...12), "the last ten runs")
            #expect(lines.filter { $0.run == 12 }.map(\.number) == (44..<most + 44).reversed())
            #expect(try await fixture.stores.jobs.logLines(of: id, run: 12, limit: 2).map(\.number) == [299, 298])
        }
    }

    @Test func whatWasSaidGoesWithTheJob() async throws {
        try await StoreFixture.run { fixture in
            func speak(_ id: JobID) async throws {
                let said = note(id, run: 1, by: fixture.worker) {
                    $0.progress = .init(0.5, "")
                    $0.lines = [line(0)]
                }
                try await keep([said], in: fixture)
            }
            let dead = try await fixture.submitAndClaim()
            try await speak(dead)
            try await fixture.end(dead, run: 1, .failure(RunFailure(kind: "error", error: "x", isFinal: true)))
            #expect(try await fixture.stores.retention.deleteDeadJobs(olderThan: .zero, limit: 10) == 1)
            let done = try await fixture.submitAndClaim()
            try await speak(done)
            try await fixture.end(done, run: 1, .success(result: nil))
            #expect(try await fixture.stores.retention.deleteStrayJobs(olderThan: .zero, limit: 10) == 1)
            for table in ["job_notes", "job_logs"] {
                #expect(try await fixture.number("select count(*) from \(table)") == 0, "\(table)")
            }
        }
    }
}
