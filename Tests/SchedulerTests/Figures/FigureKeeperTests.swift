import JobCore
import Logging
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import JobStore
@testable import Platform
@testable import Scheduler

/// The figures of queues on a real database.
@Suite(.timeLimit(.minutes(2))) struct FigureKeeperTests {
    /// A scheduler's metrics.
    private struct Scheduler {
        let registry = PrometheusRegistry.queueFlow()
        let task: Task<Void, any Error>

        init(_ fixture: SchedulerFixture) throws {
            let keeper = FigureKeeper(
                configuration: try PostgresConfiguration(url: fixture.url),
                registry: registry,
                logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
            )
            task = Task { try await keeper.run() }
        }

        /// The lines of the queues' figures.
        func figures() async -> [String] {
            String(decoding: await registry.exposition(.prometheus), as: UTF8.self).split(separator: "\n").map(
                String.init
            )
            .filter { $0.hasPrefix("queueflow_queue") || $0.hasPrefix("queueflow_workers") }
        }
    }

    private func waitUntil(_ what: String, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while !(try await condition()) {
            try #require(ContinuousClock.now < deadline, "\(what) takes too long")
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test func oneOfTwoSchedulersTellsThemAndTheOtherOneGoesOn() async throws {
        try await SchedulerFixture.run { fixture in
            for _ in 0..<3 { _ = try await fixture.submit() }
            let schedulers = [try Scheduler(fixture), try Scheduler(fixture)]
            defer { for scheduler in schedulers { scheduler.task.cancel() } }
            func tellers() async -> [Int] {
                var tellers: [Int] = []
                for (number, scheduler) in schedulers.enumerated() where !(await scheduler.figures()).isEmpty {
                    tellers.append(number)
                }
                return tellers
            }
            try await waitUntil("one to tell") { await tellers().count == 1 }
            let first = try #require(await tellers().first)
            let lines = await schedulers[first].figures()
            let labels = #"queue="default",tenant="default""#
            for line in [
                #"queueflow_queue_jobs{queue="default",state="queued",tenant="default"} 3"#,
                #"queueflow_queue_jobs{queue="default",state="running",tenant="default"} 0"#,
                "queueflow_queue_submitted_jobs_total{\(labels)} 3",
                "queueflow_queue_paused{\(labels)} 0", "queueflow_queue_workers{\(labels)} 0",
                #"queueflow_queue_submitted_jobs_total{queue="_other",tenant="_other"} 0"#, "queueflow_workers 0",
            ] { #expect(lines.contains(line), "\(line) is not in \(lines.joined(separator: "\n"))") }
            let age = lines.first { $0.hasPrefix("queueflow_queue_oldest_ready_age_seconds{\(labels)}") }
            #expect(age.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) } ?? 0 > 0)
            // As when its process is killed: the server sees the connection end.
            try await fixture.pool.execute(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = \(AdvisoryLock.figures) and granted"
            )
            try await waitUntil("the other one to tell") {
                let tellers = await tellers()
                return tellers.count == 1 && tellers != [first]
            }
            // And so it goes on in an orderly end.
            schedulers[1 - first].task.cancel()
            try await waitUntil("the first one to tell again") { await tellers() == [first] }
        }
    }

    /// Who tells the figures does so for as long as it lives, and takes no lock that others wait for.
    @Test func theHistoryGetsItsPartitionsMeanwhile() async throws {
        try await SchedulerFixture.run { fixture in
            let scheduler = try Scheduler(fixture)
            defer { scheduler.task.cancel() }
            try await waitUntil("it to tell") { !(await scheduler.figures()).isEmpty }
            let partitions = try await fixture.stores.history.makePartitions(daysAhead: 2)
            #expect(partitions.isDone && partitions.made.count == 3)
        }
    }

    @Test func aThousandQueuesBecomeFiftyOne() async throws {
        try await SchedulerFixture.run { fixture in
            try await fixture.pool.execute(
                """
                insert into tenants (name) select 't' || i from generate_series(1, 200) i on conflict do nothing;
                insert into job_counters (tenant, queue, priority, type, slot, submitted, queued)
                select 't' || (i % 200 + 1), 'q' || i, 'normal', 'x' || i % 500, -1, i, i from generate_series(1, 1000) i;
                insert into queue_totals (tenant, queue, submitted, completed)
                select 't' || (i % 200 + 1), 'q' || i, 10, 10 from generate_series(1, 1500) i
                """
            )
            let scheduler = try Scheduler(fixture)
            defer { scheduler.task.cancel() }
            try await waitUntil("it to tell") { !(await scheduler.figures()).isEmpty }
            let lines = await scheduler.figures()
            func values(_ name: String) -> [Double] {
                lines.filter { $0.hasPrefix(name) }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
            }
            let submitted = values("queueflow_queue_submitted_jobs_total")
            #expect(submitted.count == 51)
            #expect(submitted.reduce(0, +) == 500_500 + 15_000)
            #expect(values("queueflow_queue_jobs").count == 51 * 5)
            #expect(values("queueflow_queue_jobs").reduce(0, +) == 500_500)
            #expect(values("queueflow_queues") == [1_500])
            #expect(lines.contains(#"queueflow_queue_submitted_jobs_total{queue="q1000",tenant="t1"} 1010"#))
            #expect(lines.count < 800)
        }
    }
}
