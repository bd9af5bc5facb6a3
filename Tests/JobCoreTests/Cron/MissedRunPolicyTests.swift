import Foundation
import JobCore
import Testing

@Suite struct MissedRunPolicyTests {
    private static let zero = Date(timeIntervalSince1970: 1_800_000_000)

    /// Which multiples of the interval fire; all times in seconds after the schedule's creation.
    private func fired(
        _ policy: MissedRunPolicy,
        every interval: String,
        after last: Double,
        through now: Double,
        limits: CatchUpLimits = CatchUpLimits()
    ) throws -> [Double] {
        let schedule = try CronSchedule("@every \(interval)", createdAt: Self.zero)
        return policy.instantsToFire(of: schedule, after: Self.zero + last, through: Self.zero + now, limits: limits)
            .map { $0.timeIntervalSince(Self.zero) }
    }

    @Test(arguments: MissedRunPolicy.allCases)
    func whatIsOnTimeFiresUnderEveryPolicy(_ policy: MissedRunPolicy) throws {
        #expect(try fired(policy, every: "1h", after: 3_600, through: 7_200) == [7_200])
        #expect(try fired(policy, every: "1h", after: 3_600, through: 7_204.9) == [7_200])
        #expect(try fired(policy, every: "1s", after: 10, through: 13) == [11, 12, 13])
    }

    @Test(arguments: MissedRunPolicy.allCases)
    func nothingFiresEarlyOrTwice(_ policy: MissedRunPolicy) throws {
        #expect(try fired(policy, every: "1h", after: 3_600, through: 7_199.999).isEmpty)
        #expect(try fired(policy, every: "1h", after: 7_200, through: 7_200).isEmpty)
        #expect(try fired(policy, every: "1h", after: 7_200, through: 3_600).isEmpty)
    }

    @Test func skipForgetsWhatWasMissed() throws {
        #expect(try fired(.skip, every: "1h", after: 0, through: 7_205).isEmpty)
        #expect(try fired(.skip, every: "1h", after: 0, through: 10_802) == [10_800])
    }

    @Test func latestMakesUpWithOne() throws {
        #expect(try fired(.latest, every: "1h", after: 0, through: 7_205) == [7_200])
        #expect(try fired(.latest, every: "1h", after: 0, through: 36_000 * 24 + 1_800) == [864_000])
        // Nor is it more than one because some of the newest are not late.
        #expect(try fired(.latest, every: "1s", after: 0, through: 60) == [60])
    }

    @Test func allMakesUpForEachUpToTheCountAndWithinTheWindow() throws {
        #expect(try fired(.all, every: "1h", after: 0, through: 11_000) == [3_600, 7_200, 10_800])
        #expect(try fired(.all, every: "1s", after: 0, through: 1_000) == (901...1_000).map(Double.init))
        let three = CatchUpLimits(count: 3)
        #expect(try fired(.all, every: "1h", after: 0, through: 40_000, limits: three) == [32_400, 36_000, 39_600])
        let hours = CatchUpLimits(window: .seconds(2 * 3_600))
        #expect(try fired(.all, every: "1h", after: 0, through: 36_000, limits: hours) == [32_400, 36_000])
    }

    @Test func theGraceCanBeSet() throws {
        let minute = CatchUpLimits(grace: .seconds(60))
        #expect(try fired(.skip, every: "1h", after: 0, through: 3_659, limits: minute) == [3_600])
        #expect(try fired(.skip, every: "1h", after: 0, through: 3_660, limits: minute).isEmpty)
    }

    /// A year of seconds is not gone through one by one.
    @Test(arguments: MissedRunPolicy.allCases)
    func aLongAbsenceIsCheap(_ policy: MissedRunPolicy) throws {
        let schedule = try CronSchedule("* * * * * *", timeZone: "Europe/Berlin", createdAt: Self.zero)
        let now = Self.zero + 364 * 86_400
        var due: [Date] = []
        let took = ContinuousClock().measure {
            due = policy.instantsToFire(of: schedule, after: Self.zero, through: now)
        }
        let counts: [MissedRunPolicy: Int] = [.skip: 5, .latest: 1, .all: 100]
        #expect(due.count == counts[policy])
        #expect(due.last == now)
        #expect(took < .seconds(5), "took \(took)")
    }

    @Test func namesAreThoseOfTheInterface() {
        #expect(MissedRunPolicy.allCases.map(\.rawValue) == ["skip", "latest", "all"])
        #expect(MissedRunPolicy.default == .latest)
    }
}
