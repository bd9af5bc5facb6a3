import Foundation
import TestSupport
import Testing

/// What a real Prometheus sees of the whole stack.
extension EndToEndTests {
    /// Under load every panel, every recording rule and every metric of an alert has data; the alerts of what is wrong fire, and no others.
    @Test func everyPanelHasDataAndTheRightAlertsFire() async throws {
        let python = try Python()
        try await TestStack.run { stack in
            let prometheus = try await TestPrometheus.start(scraping: [
                ("job-service", stack.metricsAddress(of: .jobService)), ("worker", stack.metricsAddress(of: .worker)),
                ("scheduler", stack.metricsAddress(of: .scheduler)),
            ])
            try await prepare(stack)
            try await withThrowingTaskGroup { group in
                group.addTask { try await putLoad(on: stack) }
                group.addTask { try await runK6(on: stack, writingTo: prometheus) }
                let (output, code) = try await python.run("../Monitoring/live.py", [prometheus.url, "75"])
                #expect(code == 0, "\(output)")
                try await expectAlerts(of: prometheus, in: stack)
                group.cancelAll()
            }
            let series = try #require(try await prometheus.value("sum(scrape_samples_scraped)"))
            #expect(series < 5_000)
            try await breakWhatAlertsAreFor(stack, prometheus)
            await prometheus.stop()
        }
    }

    /// A schedule, and a queue that takes one job.
    private func prepare(_ stack: TestStack) async throws {
        let calls = [
            ("POST", "/schedules", #"{"name": "tick", "cron": "* * * * * *", "type": "noop", "queue": "ticks"}"#),
            ("PUT", "/queues/full", #"{"max_depth": 1}"#), ("POST", "/queues/full/pause", "{}"),
        ]
        for (method, path, body) in calls {
            let answer = try await stack.request(method, path, body: body)
            guard answer.status < 300 else { throw Unexpected(answer) }
        }
    }

    /// Jobs of all fates, until the task is cancelled: done at once, later or after a failure; dead; of a type that nobody handles; refused.
    private func putLoad(on stack: TestStack) async throws {
        let jobs = [
            #"{"type": "noop", "queue": "mail", "priority": "critical"}"#,
            #"{"type": "echo", "queue": "mail", "payload": {}}"#,
            #"{"type": "sleep", "queue": "slow", "priority": "low", "payload": {"seconds": 0.2}}"#,
            #"{"type": "fail", "queue": "failing", "payload": {"times": 1}, "retry": {"strategy": "fixed", "base": 0.1}}"#,
            #"{"type": "fail", "queue": "failing", "payload": {"times": 9}, "max_attempts": 1, "priority": "high"}"#,
            #"{"type": "nobody.handles", "queue": "mail"}"#, #"{"type": "noop", "queue": "full"}"#,
        ]
        while !Task.isCancelled {
            for job in jobs { _ = try await stack.request("POST", "/jobs", body: job) }
            let due = Date().addingTimeInterval(1).formatted(.iso8601)
            _ = try await stack.request("POST", "/jobs", body: #"{"type": "noop", "execute_at": "\#(due)"}"#)
            _ = try await stack.request("GET", "/jobs?limit=10")
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// What the board of load tests shows: k6 writes to Prometheus by itself.
    private func runK6(on stack: TestStack, writingTo prometheus: TestPrometheus) async throws {
        let summary = FileManager.default.temporaryDirectory.appending(path: "k6-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: summary) }
        let (output, code) = try await Script("deploy/dev/k6").run(
            ["load", "--out", "experimental-prometheus-rw"],
            [
                "BASE_URL": stack.url, "QUEUEFLOW_PASSWORD": TestStack.adminPassword, "PATIENCE": "100",
                "SCALE": "0.1", "RATE": "10", "SUMMARY": summary.path, "K6_PROMETHEUS_RW_PUSH_INTERVAL": "1s",
                "K6_PROMETHEUS_RW_SERVER_URL": "\(prometheus.url)/api/v1/write",
            ]
        )
        // 99: a limit was not kept, which is no matter here.
        #expect(code == 0 || code == 99, "\(output)")
    }

    private func expectAlerts(of prometheus: TestPrometheus, in stack: TestStack) async throws {
        let meant: Set = [
            "QueueFlowWatchdog", "QueueFlowDeadLettersGrowing", "QueueFlowFailureRatioHigh", "QueueFlowJobsUnhandled",
            "QueueFlowSubmissionsRefused", "QueueFlowQueueNearlyFull", "QueueFlowAPIErrorBudgetBurn",
        ]
        do {
            try await stack.waitUntil("the alerts of what the load does") {
                try await meant.isSubset(of: prometheus.alerts())
            }
        } catch {
            Issue.record("these do not fire: \(try await meant.subtracting(prometheus.alerts()).sorted())")
        }
        // How slow a busy machine is is no matter here.
        let others = try await prometheus.alerts().subtracting(meant)
            .subtracting(["QueueFlowAPIErrorBudgetBurnSlow", "QueueFlowAPISlow", "QueueFlowDatabaseCrowded"])
        #expect(others.isEmpty, "nothing is wrong with these")
    }

    private func breakWhatAlertsAreFor(_ stack: TestStack, _ prometheus: TestPrometheus) async throws {
        func waitFor(_ alerts: Set<String>) async throws {
            try await stack.waitUntil("\(alerts.sorted()) to fire") {
                try await alerts.isSubset(of: prometheus.alerts())
            }
        }
        await stack.end(.worker, with: SIGTERM)
        _ = try await stack.submit(#"{"type": "noop", "queue": "mail"}"#)
        try await waitFor(["QueueFlowNoWorkers", "QueueFlowTargetDown"])
        await stack.end(.scheduler, with: SIGKILL)
        try await waitFor(["QueueFlowSchedulerSilent", "QueueFlowFiguresSilent"])
        await stack.end(.jobService, with: SIGKILL)
        try await waitFor(["QueueFlowNoJobService"])

        for program in [TestStack.Program.jobService, .scheduler, .worker] { try await stack.start(program) }
        let gone: Set = [
            "QueueFlowNoWorkers", "QueueFlowTargetDown", "QueueFlowSchedulerSilent", "QueueFlowFiguresSilent",
            "QueueFlowNoJobService",
        ]
        try await stack.waitUntil("these alerts to end") { try await gone.isDisjoint(with: prometheus.alerts()) }
    }
}
