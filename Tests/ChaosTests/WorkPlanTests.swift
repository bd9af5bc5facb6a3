import Testing

@testable import Chaos

@Suite struct WorkPlanTests {
    @Test func followsFromItsSeed() {
        let duration = Duration.seconds(300)
        let (one, same, other) = (
            WorkPlan(seed: 1, duration: duration), WorkPlan(seed: 1, duration: duration),
            WorkPlan(seed: 2, duration: duration)
        )
        #expect(one.surges == same.surges && one.pauses == same.pauses)
        #expect(one.surges != other.surges && one.pauses != other.pauses)
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>, [30, 120, 300])
    func keepsItsBounds(seed: UInt64, seconds: Int) {
        let duration = Duration.seconds(seconds)
        let plan = WorkPlan(seed: seed, duration: duration)
        #expect(Set(plan.surges.map(\.kind)) == Set(Surge.Kind.allCases))
        for surge in plan.surges {
            #expect(surge.start < duration)
            #expect((1...WorkPlan.deepest).contains(surge.jobs))
        }
        #expect(!plan.pauses.isEmpty)
        for (index, pause) in plan.pauses.enumerated() {
            #expect(pause.end < duration)
            // A queue is not resumed by another pause's end.
            #expect(
                !plan.pauses[..<index].contains {
                    $0.queue == pause.queue && $0.end > pause.start && $0.start < pause.end
                }
            )
        }
    }

    @Test func meetsEverythingInTheLongRun() {
        let plan = WorkPlan(seed: 7, duration: .seconds(20_000))
        for queue in ChaosQueue.deep {
            #expect(plan.surges.contains { $0.queue == queue && $0.kind == .backlog }, "\(queue)")
            #expect(plan.pauses.contains { $0.queue == queue }, "\(queue)")
        }
        for queue in ChaosQueue.steady { #expect(plan.pauses.contains { $0.queue == queue }, "\(queue)") }
    }
}
