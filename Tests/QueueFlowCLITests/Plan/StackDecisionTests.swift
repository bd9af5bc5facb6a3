import Foundation
import Testing

@testable import QueueFlowCLI

@Suite struct StackDecisionTests {
    private let own = ProcessIdentity(pid: getpid())

    @Test func whatDoesNotRunIsStarted() {
        #expect(StackDecision(Samples.plan(.worker), record: nil) == .start)
        let ended = ProcessIdentity(pid: getpid(), startTicks: 1, boot: "another")
        #expect(StackDecision(Samples.plan(.worker), record: Samples.record(.worker, process: ended)) == .start)
    }

    @Test func whatRunsAsWantedIsKept() {
        #expect(StackDecision(Samples.plan(.worker), record: Samples.record(.worker, process: own)) == .keep)
    }

    @Test func whatRunsOtherwiseIsStartedAnew() {
        let record = Samples.record(.worker, process: own, fingerprint: "older")
        #expect(StackDecision(Samples.plan(.worker), record: record) == .restart(changed: []))
    }

    @Test func settingsThatChangedAreNamed() {
        let record = Samples.record(
            .worker,
            process: own,
            fingerprint: "older",
            settings: ["WORKER_QUEUES": "1", "LOG_LEVEL": "1", "EXEC_ALLOW": "1"]
        )
        let plan = Samples.plan(.worker, settings: ["WORKER_QUEUES": "2", "LOG_LEVEL": "1", "TENANT_SHARE": "1"])
        #expect(
            StackDecision(plan, record: record) == .restart(changed: ["EXEC_ALLOW", "TENANT_SHARE", "WORKER_QUEUES"])
        )
    }

    @Test func aServerElsewhereIsUsed() {
        let plan = ServicePlan(
            service: .redis,
            kind: .external(address: "cache:6379"),
            ports: [],
            check: .unknown,
            fingerprint: "f",
            settings: [:]
        )
        #expect(StackDecision(plan, record: Samples.record(.redis, process: own)) == .useExternal)
    }
}
