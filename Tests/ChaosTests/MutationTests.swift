import Foundation
import Postgres
import Testing

@testable import Chaos

/// The whole suite on a platform with a guarantee taken away: it must report the loss.
///
/// The guarantees are taken away in the database, by triggers that undo what a statement did, so the programs under test are the real
/// ones.
@Suite(.serialized, .timeLimit(.minutes(4))) struct MutationTests {
    /// Without the watermark rule nobody publishes what a broker lost.
    @Test func withoutTheWatermarkRuleJobsAreStuck() async throws {
        let report = try await run(
            """
            create function keep_queued() returns trigger language plpgsql as 'begin return null; end';
            create trigger no_watermark_rule before update on jobs_live for each row
                when (old.state = 'queued' and new.state = 'queued') execute function keep_queued();
            """,
            // Records that no worker can fetch before the broker forgets them.
            faults: Node.workers.map {
                Fault(target: .node($0), kind: .freeze, start: .seconds(3), duration: .seconds(5))
            }
                + [Fault(target: .node(.broker), kind: .kill, start: .seconds(6), duration: .seconds(1))]
        )
        let lost = report.findings[0].violations
        #expect(lost.contains { $0.contains("is still queued") }, "\(report.text)")
    }

    /// Without the fence a claim is granted, and the run that lost its lease is still the one on record.
    @Test func withoutTheFenceOutcomesAreWrong() async throws {
        let report = try await run(
            """
            create function keep_fence() returns trigger language plpgsql as $$
            begin
                update jobs_live set run = old.run, worker_id = old.worker_id where id = new.id;
                return null;
            end $$;
            create trigger no_fence after update on jobs_live for each row
                when (old.state = 'queued' and new.state = 'running' and old.worker_id is not null)
                execute function keep_fence();
            """,
            faults: [Fault(target: .node(.worker(1)), kind: .freeze, start: .seconds(3), duration: .seconds(14))]
        )
        #expect(!report.isClean, "\(report.text)")
        #expect(!report.findings[0].violations.isEmpty || !report.findings[1].violations.isEmpty, "\(report.text)")
    }

    private func run(_ mutation: String, faults: [Fault]) async throws -> Report {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "queueflow-mutation-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let longest = faults.map(\.end).max() ?? .zero
        var experiment = Experiment(seed: 1, duration: longest + .seconds(2), rate: 30)
        experiment.faults = faults
        experiment.settling = .seconds(15)
        experiment.preparation = { try await $0.execute(mutation) }
        let binaries = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        return try await experiment.run(binaries: binaries, directory: directory)
    }
}
