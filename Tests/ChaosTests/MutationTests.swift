import Foundation
import Postgres
import Testing

@testable import Chaos

/// The whole suite on a platform with a guarantee taken away: it must report the loss.
///
/// The guarantees are taken away in the database, by triggers that undo what a statement did and the like, so the programs under test are
/// the real ones.
@Suite(.serialized, .timeLimit(.minutes(4))) struct MutationTests {
    /// Without the sweep nobody tells of jobs whose record a broker lost.
    @Test func withoutTheSweepJobsAreStuck() async throws {
        let report = try await run(
            """
            create schema mutation;
            create function mutation.pg_notify(channel text, payload text) returns void language plpgsql as $$
            begin
                if channel <> 'qf_backlogs' then perform pg_catalog.pg_notify(channel, payload); end if;
            end $$;
            alter database postgres set search_path = mutation, pg_catalog, public;
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid();
            """,
            faults: Self.brokerForgets
        )
        #expect(report.findings[0].violations.contains { $0.contains("is still queued") }, "\(report.text)")
    }

    /// Records that no worker can fetch before the broker forgets them.
    private static let brokerForgets =
        (Node.workers + [.specialist]).map {
            Fault(target: .node($0), kind: .freeze, start: .seconds(5), duration: .seconds(5))
        }
        + [Fault(target: .node(.broker), kind: .kill, start: .seconds(8), duration: .seconds(1))]

    /// Without the figures of what waits, resuming a queue and opening a session tell nobody of it, and neither does the sweep.
    @Test func withoutFiguresAResumedQueueIsStuck() async throws {
        let report = try await run(
            """
            create function forget_queued() returns trigger language plpgsql as
                'begin new.queued := 0; return new; end';
            create trigger no_figures before insert or update on job_counters for each row execute function forget_queued();
            """,
            pauses: Self.pauses
        )
        #expect(report.findings[0].violations.contains { $0.contains("is still queued") }, "\(report.text)")
    }

    @Test func aPauseThatIsNotHeldIsReported() async throws {
        let report = try await run(
            """
            create function ignore_pause() returns trigger language plpgsql as
                'begin new.paused := false; return new; end';
            create trigger no_pause before insert or update on queues for each row execute function ignore_pause();
            """,
            pauses: Self.pauses
        )
        #expect(report.findings[4].violations.contains { $0.contains("was paused") }, "\(report.text)")
    }

    private static let pauses = ChaosQueue.steady.map { Pause(queue: $0, at: 2, for: 6) }

    /// Without the batches of claims a worker's hello gives nothing back that it was granted without hearing of it.
    @Test func withoutGivingBackRunsAreLost() async throws {
        let report = try await run(Self.noBatches, faults: Self.lostAnswers)
        #expect(report.findings[0].violations.contains { $0.contains("is still running") }, "\(report.text)")
    }

    /// The end of a lease does not find its worker's runs, and the sweep for orphans does not look for them.
    @Test func withoutTheSweepForOrphansRunsAreLost() async throws {
        let report = try await run(
            Self.noBatches + """
                create function forget_running() returns trigger language plpgsql as
                    'begin new.running := 0; return new; end';
                create trigger no_orphans before insert or update on job_counters
                    for each row execute function forget_running();
                """,
            faults: Node.workers.map {
                Fault(target: .node($0), kind: .kill, start: .seconds(4), duration: .seconds(1))
            }
        )
        #expect(report.findings[0].violations.contains { $0.contains("is still running") }, "\(report.text)")
    }

    private static let noBatches = """
        create function forget_batch() returns trigger language plpgsql as
            'begin delete from claim_batches where id = new.id; return null; end';
        create trigger no_batches after insert on claim_batches for each row execute function forget_batch();
        """

    /// Sessions that end while answers are on their way.
    private static let lostAnswers = (Node.workers + [.specialist]).flatMap { worker in
        Node.jobServices.flatMap { jobService in
            let link = Fault.Target.link(Link(from: worker, to: jobService))
            return [
                Fault(target: link, kind: .slow, start: .seconds(3), duration: .seconds(6)),
                Fault(target: link, kind: .cut, start: .seconds(5), duration: .milliseconds(300)),
                Fault(target: link, kind: .slow, start: .seconds(6), duration: .seconds(3)),
                Fault(target: link, kind: .cut, start: .seconds(8), duration: .milliseconds(300)),
            ]
        }
    }

    /// A session's number is no part of a key: a hello does not wait for the claims of the session before, and cannot see them yet.
    @Test(arguments: [false, true]) func withoutTheEndOfSessionsRunsAreLost(isWhole: Bool) async throws {
        // The first claims of all are under way when their sessions end, and still when the next ones begin.
        let workers = Node.workers + [.specialist]
        let slowClaims = """
            create function take_time() returns trigger language plpgsql as $$
            begin
                if exists (
                    select from workers
                    where session < (select start_value from pg_sequences where sequencename = 'worker_sessions') + \(workers.count)
                ) then perform pg_sleep(10); end if;
                return null;
            end $$;
            create trigger slow_claims after insert on claim_batches for each statement execute function take_time();
            """
        let report = try await run(
            slowClaims + (isWhole ? "" : "alter table workers drop constraint workers_session"),
            faults: workers.flatMap { worker in
                Node.jobServices.map {
                    Fault(
                        target: .link(Link(from: worker, to: $0)),
                        kind: .cut,
                        start: .seconds(3),
                        duration: .milliseconds(100)
                    )
                }
            }
        )
        let lost = report.findings[0].violations.contains { $0.contains("is still running") }
        #expect(lost != isWhole, "\(report.text)")
        #expect(report.isClean == isWhole, "\(report.text)")
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

    private func run(_ mutation: String, faults: [Fault] = [], pauses: [Pause] = []) async throws -> Report {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "queueflow-mutation-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let longest = (faults.map(\.end) + pauses.map(\.end)).max() ?? .zero
        var experiment = Experiment(seed: 1, duration: longest + .seconds(2), rate: 30)
        experiment.faults = faults
        experiment.surges = []
        experiment.pauses = pauses
        experiment.settling = .seconds(15)
        experiment.preparation = { try await $0.execute(mutation) }
        let binaries = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        return try await experiment.run(binaries: binaries, directory: directory)
    }
}
