import Testing

@testable import Chaos

@Suite struct FaultPlanTests {
    @Test func followsFromItsSeed() {
        let duration = Duration.seconds(300)
        #expect(FaultPlan(seed: 1, duration: duration).faults == FaultPlan(seed: 1, duration: duration).faults)
        #expect(FaultPlan(seed: 1, duration: duration).faults != FaultPlan(seed: 2, duration: duration).faults)
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func keepsItsBounds(seed: UInt64) {
        let duration = Duration.seconds(120)
        let faults = FaultPlan(seed: seed, duration: duration).faults
        #expect(faults.count > 10)
        for (index, fault) in faults.enumerated() {
            #expect(fault.end <= duration)
            let meanwhile = faults[..<index].filter { $0.end > fault.start }
            #expect(meanwhile.count < FaultPlan.atOnce)
            #expect(!meanwhile.contains { $0.target == fault.target })
        }
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func aWorkerDiesAloneInEachRound(seed: UInt64) {
        let faults = FaultPlan(seed: seed, duration: .seconds(600)).faults
        let (lease, recovery) = (
            Duration.seconds(InvariantChecker.lease), Duration.seconds(InvariantChecker.recoveryLimit)
        )
        let alone = faults.filter { fault in
            guard case .node(.worker) = fault.target, fault.kind == .kill else { return false }
            return !faults.contains {
                $0 != fault && $0.start < fault.start + recovery && $0.end > fault.start - lease
            }
        }
        #expect(alone.count == 5)
    }

    /// After the storm of a round, and until a worker dies, nothing happens that should do harm.
    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func aSiegeIsMild(seed: UInt64) {
        let faults = FaultPlan(seed: seed, duration: .seconds(120)).faults
        let siege = faults.filter { $0.start >= .seconds(FaultPlan.storm) }.dropLast()
        #expect(siege.allSatisfy { $0.isMild })
        #expect(faults.contains { !$0.isMild && $0.start < .seconds(FaultPlan.storm) })
    }

    @Test func meetsEverythingInTheLongRun() {
        let faults = FaultPlan(seed: 7, duration: .seconds(20_000)).faults
        for node in Node.all { #expect(faults.contains { $0.target == .node(node) }, "\(node)") }
        for link in Link.all { #expect(faults.contains { $0.target == .link(link) }, "\(link)") }
        for rows in Fault.LockedRows.allCases { #expect(faults.contains { $0.target == .rows(rows) }, "\(rows)") }
        for kind in Fault.Kind.allCases { #expect(faults.contains { $0.kind == kind }, "\(kind)") }
    }

    @Test func leavesABrokerAloneThatIsNotItsOwn() {
        let faults = FaultPlan(seed: 7, duration: .seconds(20_000), breaksBroker: false).faults
        #expect(!faults.contains { $0.target == .node(.broker) })
    }
}
