import JobCore
import Testing

@Suite struct OverlapPolicyTests {
    @Test func decides() {
        func decisions(_ policy: OverlapPolicy) -> [OverlapPolicy.Decision] {
            [(false, false), (true, false), (true, true), (false, true)].map { unfinished, waiting in
                policy.decision(isUnfinished: unfinished, isWaiting: waiting)
            }
        }
        #expect(decisions(.allow) == [.fire, .fire, .fire, .fire])
        #expect(decisions(.skip) == [.fire, .drop, .drop, .fire])
        #expect(decisions(.queue) == [.fire, .wait, .drop, .drop])
    }

    @Test func namesAreThoseOfTheInterface() {
        #expect(OverlapPolicy.allCases.map(\.rawValue) == ["allow", "skip", "queue"])
        #expect(OverlapPolicy.default == .allow)
    }
}
