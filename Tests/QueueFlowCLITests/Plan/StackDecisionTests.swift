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
        #expect(StackDecision(Samples.plan(.worker), record: record) == .restart)
    }

    @Test func aServerElsewhereIsUsed() {
        let plan = ServicePlan(
            service: .redis,
            kind: .external(address: "cache:6379"),
            ports: [],
            check: .unknown,
            fingerprint: "f"
        )
        #expect(StackDecision(plan, record: Samples.record(.redis, process: own)) == .useExternal)
    }
}
