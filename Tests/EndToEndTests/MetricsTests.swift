import AsyncHTTPClient
import Foundation
import JobCore
import LocalServers
import Postgres
import TestSupport
import Testing

/// What the processes tell Prometheus, while they work and while things break.
extension EndToEndTests {
    /// A series that something moves.
    private struct Series: CustomStringConvertible {
        var program: TestStack.Program
        var name: String
        var labels: [String]
        /// Gauges are to be so high once, and counters so much higher than before.
        var amount: Double

        init(_ program: TestStack.Program, _ name: String, _ labels: String..., by amount: Double = 1) {
            self.program = program
            self.name = "queueflow_\(name)"
            self.labels = labels
            self.amount = amount
        }

        var description: String { "\(name)\(labels) of \(program)" }
    }

    /// Does something, and waits until all of the series have moved.
    private func step(
        _ stack: TestStack,
        _ what: String,
        moves series: [Series],
        _ action: () async throws -> Void
    ) async throws {
        var before: [TestStack.Program: Scrape] = [:]
        for program in Set(series.map(\.program)) { before[program] = try? await stack.scrape(program) }
        try await action()
        var left = series
        let deadline = ContinuousClock.now + .seconds(45)
        while !left.isEmpty, ContinuousClock.now < deadline {
            var now: [TestStack.Program: Scrape] = [:]
            for program in Set(left.map(\.program)) { now[program] = try? await stack.scrape(program) }
            left = left.filter { series in
                let old = before[series.program]?.value(series.name, series.labels) ?? 0
                let new = now[series.program]?.value(series.name, series.labels) ?? 0
                let isCounted = ["_total", "_count", "_sum"].contains { series.name.hasSuffix($0) }
                return isCounted ? new < old + series.amount : new < series.amount
            }
            if !left.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
        }
        #expect(left.isEmpty, "\(what) does not move \(left)")
    }

    @Test(.timeLimit(.minutes(5))) func eachMetricIsMovedByWhatItCounts() async throws {
        let variables: [TestStack.Program: [String: String]] = [
            .jobService: ["RATE_LIMIT_MAX": "100000", "LOGIN_LIMIT_MAX": "12"],
            .scheduler: ["UNHANDLED_TYPE_TTL": "10s"],
        ]
        try await TestStack.run(variables) { stack in
            func submit(_ job: String) async throws { _ = try await stack.submit(job) }
            let once = #""retry": {"strategy": "fixed", "base": 0.05, "jitter": false}"#
            let noop = #"type="noop""#
            let mail = #"queue="mail",tenant="default""#

            try await step(
                stack,
                "a job",
                moves: [
                    Series(.jobService, "jobs_submitted_total", noop), Series(.jobService, "submission_batches_total"),
                    Series(.jobService, "job_attempts_total", noop, #"outcome="completed""#),
                    Series(.jobService, "jobs_finished_total", noop, #"state="completed""#),
                    Series(.jobService, "job_wait_seconds_count", #"priority="high""#),
                    Series(.jobService, "job_run_seconds_count", noop),
                    Series(.jobService, "job_end_to_end_seconds_count", #"priority="high""#),
                    Series(.jobService, "exchange_grants_total"), Series(.jobService, "exchange_outcomes_total"),
                    Series(.jobService, "exchange_batch_size_count"),
                    Series(.jobService, "exchange_transaction_seconds_count"),
                    Series(.jobService, "http_requests_total", #"method="POST",route="/jobs",status="201""#),
                    Series(.jobService, "http_request_duration_seconds_count", #"route="/jobs""#),
                    Series(.jobService, "kafka_records_delivered_total", #"kind="job""#),
                    Series(.jobService, "lease_renewals_total", #"outcome="renewed""#),
                    Series(.jobService, "postgres_statement_duration_seconds_count", #"statement="insert_jobs""#),
                    Series(.jobService, "postgres_connections", #"state="idle""#),
                    Series(.jobService, "worker_sessions"), Series(.jobService, "http_connections"),
                    Series(.worker, "worker_runs_total", noop, #"outcome="success""#),
                    Series(.worker, "worker_run_seconds_count", noop),
                    Series(.worker, "worker_exchange_round_trip_seconds_count"),
                    Series(.scheduler, "queue_submitted_jobs_total", mail),
                    Series(.scheduler, "queue_finished_jobs_total", #"state="completed""#),
                    Series(.scheduler, "queue_workers", mail), Series(.scheduler, "workers"),
                    Series(.scheduler, "scheduler_last_round_timestamp_seconds", #"duty="sweep""#),
                    Series(.scheduler, "scheduler_round_duration_seconds_count", #"duty="sweep""#),
                    Series(.scheduler, "figures_collected_timestamp_seconds"), Series(.scheduler, "figures_holder"),
                    Series(.scheduler, "figures_collection_duration_seconds", by: 1e-6),
                    Series(.jobService, "queue_depth_limit_default"),
                    Series(.jobService, "postgres_connections_max"), Series(.scheduler, "postgres_connections_max"),
                    Series(.jobService, "build_info", #"process="job-service""#), Series(.worker, "build_info"),
                ]
            ) { try await submit(#"{"type": "noop", "queue": "mail", "priority": "high"}"#) }

            try await step(
                stack,
                "a request that is sent again",
                moves: [Series(.jobService, "idempotent_repeats_total")]
            ) {
                for _ in 0..<2 {
                    _ = try await stack.request(
                        "POST",
                        "/jobs",
                        body: #"{"type": "noop"}"#,
                        idempotencyKey: "once"
                    )
                }
            }

            let listener = Task { _ = try? await stack.request("GET", "/events") }
            try await step(stack, "who listens", moves: [Series(.jobService, "event_streams")]) {}
            listener.cancel()

            try await step(
                stack,
                "a job that fails for good",
                moves: [
                    Series(.jobService, "job_attempts_total", #"outcome="failed",type="fail""#, by: 2),
                    Series(.jobService, "job_retries_total", #"type="fail""#),
                    Series(.jobService, "jobs_finished_total", #"state="dead",type="fail""#),
                    Series(.jobService, "jobs_dead_total", #"reason="attempts_exhausted""#),
                    Series(.jobService, "kafka_records_delivered_total", #"kind="dead_letter""#),
                    Series(.worker, "worker_runs_total", #"outcome="failure",type="fail""#, by: 2),
                    // By now the worker has its partitions.
                    Series(.worker, "worker_records_total"), Series(.worker, "kafka_consumer_partitions"),
                    Series(.jobService, "exchange_claims_total"),
                    Series(.scheduler, "due_jobs_queued_total"), Series(.scheduler, "queue_jobs", #"state="dead""#),
                    Series(.scheduler, "queue_failed_attempts_total", by: 2),
                    Series(.scheduler, "queue_finished_jobs_total", #"state="dead""#),
                ]
            ) {
                try await submit(
                    #"{"type": "fail", "queue": "mail", "payload": {"times": 9}, "max_attempts": 2, \#(once)}"#
                )
            }

            try await step(
                stack,
                "a job that takes too long",
                moves: [
                    Series(.jobService, "job_attempts_total", #"outcome="timed_out""#),
                    Series(.worker, "worker_runs_total", #"outcome="timeout""#),
                ]
            ) {
                try await submit(#"{"type": "sleep", "payload": {"seconds": 600}, "timeout": 0.2, "max_attempts": 1}"#)
            }

            try await step(
                stack,
                "more jobs than there are slots for",
                moves: [Series(.worker, "worker_pull_mode_queues")]
            ) {
                try await stack.submitBatch(of: 200, #"{"type": "sleep", "payload": {"seconds": 2}}"#)
            }
            try await step(
                stack,
                "a job-service that stands still",
                moves: [Series(.worker, "worker_outcomes_pending")]
            ) { await stack.signal(.jobService, SIGSTOP) }
            await stack.signal(.jobService, SIGCONT)

            try await WireConnection.exchange(port: stack.httpPort) { _ in
                try await step(
                    stack,
                    "a client that says nothing",
                    moves: [Series(.jobService, "http_connections_cut_total", #"reason="silent""#)]
                ) {}
            }

            var running = ""
            try await step(
                stack,
                "a job that goes on",
                moves: [
                    Series(.worker, "worker_slots_used"), Series(.worker, "worker_slots", by: 2),
                    Series(.worker, "worker_oldest_run_age_seconds"),
                    Series(.scheduler, "queue_jobs", #"state="running""#),
                ]
            ) {
                running = try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 600}, "timeout": 700}"#)
                try await stack.wait(for: running, toBe: "running")
            }
            try await step(
                stack,
                "cancelling it, and one that waits",
                moves: [
                    Series(.jobService, "job_attempts_total", #"outcome="cancelled",type="sleep""#),
                    Series(.jobService, "jobs_finished_total", #"state="cancelled""#, by: 2),
                    Series(.worker, "worker_runs_total", #"outcome="stopped""#),
                    Series(.scheduler, "queue_finished_jobs_total", #"state="cancelled""#),
                ]
            ) {
                let waiting = try await stack.submit(#"{"type": "noop", "delay": 3600}"#)
                for id in [running, waiting] { _ = try await stack.request("POST", "/jobs/\(id)/cancel") }
            }

            try await step(
                stack,
                "a queue that is paused and full",
                moves: [
                    Series(.scheduler, "queue_paused", #"queue="shut""#),
                    Series(.scheduler, "queue_depth_limit", #"queue="shut""#),
                    Series(.scheduler, "queue_oldest_ready_age_seconds", #"queue="shut""#),
                    Series(.scheduler, "queue_jobs", #"queue="shut",state="queued""#),
                    Series(.jobService, "jobs_refused_total", #"reason="queue_full""#),
                ]
            ) {
                // A queue that nobody has used is paused only once it is spoken of.
                _ = try await stack.request("PUT", "/queues/shut", body: #"{"max_depth": 1}"#)
                let paused = try await stack.request("POST", "/queues/shut/pause")
                #expect(paused.status == 200, "\(paused)")
                try await submit(#"{"type": "noop", "queue": "shut"}"#)
                try await stack.waitUntil("the queue to be full") {
                    try await stack.request("POST", "/jobs", body: #"{"type": "noop", "queue": "shut"}"#).status == 503
                }
            }

            try await step(
                stack,
                "a schedule",
                moves: [
                    Series(.scheduler, "schedule_firings_total", #"outcome="fired""#),
                    Series(.scheduler, "jobs_submitted_total", #"type="echo""#),
                ]
            ) {
                _ = try await stack.request(
                    "POST",
                    "/schedules",
                    body: #"{"name": "tick", "cron": "* * * * * *", "type": "echo", "missed_runs": "skip"}"#
                )
            }
            try await step(
                stack,
                "a scheduler that was away, while a run came to belong to nobody and a key expired",
                moves: [
                    Series(.scheduler, "schedule_firings_total", #"outcome="missed""#),
                    Series(.scheduler, "orphaned_runs_total"),
                    // These are counted now and then, and when it begins.
                    Series(.scheduler, "queues"), Series(.scheduler, "schedules", #"state="active""#),
                    Series(.scheduler, "removed_rows_total", #"table="idempotency_keys""#),
                ]
            ) {
                await stack.end(.scheduler, with: SIGKILL)
                let id = try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 600}, "timeout": 700}"#)
                try await stack.wait(for: id, toBe: "running")
                let database = try await PostgresConnection.connect(PostgresConfiguration(url: stack.postgres.url))
                try await database.execute("update jobs_live set worker_id = gen_random_uuid() where id = '\(id)'")
                try await database.execute("update idempotency_keys set expires_at = now() - interval '1 second'")
                await database.close()
                try await Task.sleep(for: .seconds(8))
                try await stack.start(.scheduler)
            }

            try await step(
                stack,
                "a login that is refused, and too many",
                moves: [
                    Series(.jobService, "logins_total", #"outcome="refused""#),
                    Series(.jobService, "rate_limited_total", #"budget="logins""#),
                ]
            ) {
                for number in 0..<14 {
                    let body = #"{"username": "nobody\#(number)", "password": "wrong wrong wrong"}"#
                    _ = try await stack.request("POST", "/login", body: body)
                }
            }

            try await step(
                stack,
                "jobs that nobody has a handler for",
                moves: [
                    Series(.scheduler, "unhandled_jobs"), Series(.scheduler, "jobs_dead_total", #"reason="unhandled""#),
                    Series(.scheduler, "jobs_finished_total", #"state="dead",type="nobody""#),
                ]
            ) { try await submit(#"{"type": "nobody"}"#) }

            try await step(
                stack,
                "a worker that stands still",
                moves: [
                    Series(.scheduler, "expired_leases_total"),
                    Series(.scheduler, "lost_runs_total", #"outcome="requeued""#),
                    Series(.scheduler, "job_attempts_total", #"outcome="lost",type="sleep""#),
                    Series(.worker, "worker_lease_losses_total"),
                    Series(.jobService, "grpc_requests_total", "WorkerControl/Session"),
                    Series(.worker, "grpc_requests_total", "WorkerControl/Session", #"side="client""#),
                ]
            ) {
                let id = try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 600}, "timeout": 700}"#)
                try await stack.wait(for: id, toBe: "running")
                await stack.signal(.worker, SIGSTOP)
                try await stack.waitUntil("its lease to end") {
                    try await stack.scrape(.scheduler).value("queueflow_expired_leases_total") ?? 0 > 0
                }
                await stack.signal(.worker, SIGCONT)
            }
            try await step(
                stack,
                "a worker that is to end",
                moves: [
                    Series(.jobService, "job_attempts_total", #"outcome="released",type="sleep""#),
                    Series(.worker, "worker_draining"),
                ]
            ) {
                let id = try await stack.submit(#"{"type": "sleep", "payload": {"seconds": 600}, "timeout": 700}"#)
                try await stack.wait(for: id, toBe: "running")
                await stack.signal(.worker, SIGTERM)
            }
            await stack.end(.worker, with: SIGTERM)
            try await stack.start(.worker)

            try await step(
                stack,
                "Kafka away",
                moves: [
                    Series(.jobService, "kafka_records_failed_total", #"kind="job""#),
                    Series(.worker, "kafka_errors_total"), Series(.scheduler, "overdue_backlogs_total"),
                    Series(.jobService, "hints_total", #"kind="told""#), Series(.jobService, "exchange_pulls_total"),
                ]
            ) {
                await stack.end(.devBroker, with: SIGKILL)
                try await submit(#"{"type": "noop"}"#)
            }

            try await step(
                stack,
                "Redis away",
                moves: [
                    Series(.jobService, "circuit_openings_total", #"dependency="redis""#),
                    Series(.jobService, "circuit_state", #"dependency="redis""#),
                    Series(.jobService, "rate_limit_local_total", #"budget="changes""#),
                ]
            ) {
                await stack.redis.stop()
                for _ in 0..<40 { _ = try? await stack.request("POST", "/jobs", body: #"{"type": "noop"}"#) }
            }

            try await step(
                stack,
                "PostgreSQL away",
                moves: [
                    Series(.scheduler, "scheduler_round_failures_total"), Series(.scheduler, "figures_errors_total"),
                    Series(.jobService, "circuit_state", #"dependency="postgres""#),
                ]
            ) {
                await stack.postgres.stop()
                for _ in 0..<40 { _ = try? await stack.request("POST", "/jobs", body: #"{"type": "noop"}"#) }
            }
        }
    }

    /// The parsers of Prometheus' own client read all of it, and the page says which process exports what.
    @Test func theParsersOfPrometheusReadAllOfIt() async throws {
        let python = try Python()
        try await TestStack.run { stack in
            for job in [#"{"type": "noop"}"#, #"{"type": "echo", "priority": "low"}"#] {
                try await stack.wait(for: stack.submit(job), toBe: "completed")
            }
            let traced = try await stack.request(
                "POST",
                "/jobs",
                body: #"{"type": "noop"}"#,
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            )
            try await stack.wait(for: #require(traced.json["id"] as? String), toBe: "completed")
            try await stack.waitUntil("the figures to be there") {
                try await stack.scrape(.scheduler).value("queueflow_queue_submitted_jobs_total") ?? 0 >= 3
            }
            let processes: [TestStack.Program] = [.jobService, .worker, .scheduler]
            let (output, code) = try await python.run("metrics_judge.py", processes.map(stack.metricsURL))
            try #require(code == 0, "\(output)")
            for name in ["job_wait", "job_run", "job_end_to_end"] {
                let pattern =
                    #""name": "queueflow_\#(name)_seconds_bucket", "trace_id": "0af7651916cd43dd8448eb211c80319c""#
                #expect(output.contains(pattern), "\(name) has no exemplar: \(output)")
            }
            for program in processes {
                let scrape = try await stack.scrape(program)
                let problems = try await promtool(scrape.text)
                #expect(problems.isEmpty, "promtool on \(program): \(problems)")
                // Those that come with what they count.
                let later: Set<String> = [
                    "queueflow_grpc_requests_total", "queueflow_grpc_request_duration_seconds",
                    "queueflow_job_run_seconds", "queueflow_jobs_submitted_total", "queueflow_job_attempts_total",
                    "queueflow_jobs_finished_total", "queueflow_job_retries_total", "queueflow_queue_depth_limit",
                    "queueflow_spans_exported_total", "queueflow_spans_dropped_total",
                ]
                let (told, page) = (scrape.families, try Self.documented(of: program))
                #expect(told.subtracting(page) == [], "\(program) exports these and the page does not say so")
                #expect(page.subtracting(told).subtracting(later) == [], "\(program) does not export these")
            }
        }
    }

    /// The metrics that docs/metrics.md says a program exports.
    private static func documented(of program: TestStack.Program) throws -> Set<String> {
        let page = Script.repository.appending(path: "docs/metrics.md")
        let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
        return Set(
            lines.compactMap { line in
                let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                guard cells.count == 7, cells[1].hasPrefix("`queueflow_") else { return nil }
                let who = cells[4].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
                let isMeant =
                    who.contains(program.rawValue) || who == ["all"] || (who == ["figures"] && program == .scheduler)
                return isMeant ? cells[1].trimmingCharacters(in: ["`"]) : nil
            }
        )
    }

    /// What `promtool check metrics` has to say.
    private func promtool(_ text: String) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/promtool")
        process.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                input.fileHandleForWriting.write(Data(text.utf8))
                try? input.fileHandleForWriting.close()
                let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                process.waitUntilExit()
                // Of libraries' metrics the names are theirs.
                let ours = said.split(separator: "\n").filter { !$0.hasPrefix("hb_") && !$0.hasPrefix("http_") }
                continuation.resume(returning: ours.joined(separator: "\n"))
            }
        }
    }

    /// A thousand queues, five hundred types and two hundred tenants at work leave the series few.
    @Test func manyQueuesTypesAndTenantsLeaveTheSeriesFew() async throws {
        try await TestStack.run { stack in
            // It is to find them as they are in the end: what changes its tenant is counted with both.
            await stack.end(.scheduler, with: SIGTERM)
            for batch in 0..<10 {
                let jobs = (0..<400).map { number in
                    let job = batch * 400 + number
                    return #"{"type": "type\#(job % 500)", "queue": "q\#(job % 1000)"}"#
                }
                let answer = try await stack.request("POST", "/jobs/batch", body: "[\(jobs.joined(separator: ","))]")
                try #require(answer.status == 201, "\(answer.body)")
            }
            // Two hundred tenants without as many keys.
            let database = try await PostgresConnection.connect(PostgresConfiguration(url: stack.postgres.url))
            try await database.execute(
                """
                insert into tenants (name) select 't' || i from generate_series(1, 200) i;
                update job_counters set tenant = 't' || (1 + substr(queue, 2)::int % 200);
                update jobs_live set tenant = 't' || (1 + substr(queue, 2)::int % 200)
                """
            )
            await database.close()
            try await stack.start(.scheduler)
            try await stack.waitUntil("the figures to be there") {
                let scrape = try? await stack.scrape(.scheduler)
                return scrape?.value("queueflow_queue_submitted_jobs_total", [#"tenant="t"#]) ?? 0 > 0
            }
            var series = 0
            for program in [TestStack.Program.jobService, .worker, .scheduler] {
                let scrape = try await stack.scrape(program)
                series += scrape.count
                print("\(program): \(scrape.count) series")
            }
            #expect(series < 5_000)
            let scheduler = try await stack.scrape(.scheduler)
            #expect(scheduler.value("queueflow_queue_submitted_jobs_total") == 4_000)
            let jobService = try await stack.scrape(.jobService)
            #expect(jobService.value("queueflow_jobs_submitted_total") == 4_000)
            #expect(jobService.value("queueflow_jobs_submitted_total", [#"type="_other""#]) == 3_600)
        }
    }
}
