import Testing

@testable import Telemetry

@Suite struct AtomicDoubleTests {
    private final class Total: Sendable {
        let number = AtomicDouble()
    }

    /// Two threads meet in the few instructions of an addition once in some hundred thousand times, hence the many.
    @Test func losesNoAddition() async {
        let total = Total()
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<500_000 {
                        total.number.add(0.5)
                    }
                }
            }
        }
        #expect(total.number.value == 1_000_000)
    }

    @Test func startsAndIsSetToAnyNumber() {
        let number = AtomicDouble(1.5)
        #expect(number.value == 1.5)
        number.set(-0.0)
        #expect(number.value.sign == .minus)
        number.add(.infinity)
        #expect(number.value == .infinity)
    }
}
