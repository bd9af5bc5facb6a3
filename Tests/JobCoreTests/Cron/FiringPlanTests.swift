import Foundation
import TestSupport
import Testing

@testable import JobCore

@Suite struct FiringPlanTests {
    private static let zero = Date(timeIntervalSince1970: 1_800_000_000)

    private func schedule(
        _ cron: String = "@every 10s",
        _ missedRuns: MissedRunPolicy = .all,
        _ overlap: OverlapPolicy = .allow
    ) throws -> Schedule {
        let definition = ScheduleDefinition(
            name: try ScheduleName("s"),
            cron: cron,
            missedRuns: missedRuns,
            overlap: overlap,
            job: JobTemplate(type: try JobType("noop"))
        )
        return Schedule(
            id: .make(),
            tenant: .default,
            definition: definition,
            isPaused: false,
            settledAt: Self.zero,
            createdAt: Self.zero,
            updatedAt: Self.zero,
            version: 1
        )
    }

    private func seconds(_ dates: [Date]) -> [Double] { dates.map { $0.timeIntervalSince(Self.zero) } }

    @Test func whatIsDueFiresAndTheNextInstantFollows() throws {
        let plan = try FiringPlan(for: try schedule(), isUnfinished: true, now: Self.zero + 35)
        #expect(seconds(plan.fires) == [10, 20, 30])
        #expect(plan.waits == nil && plan.dropped == 0)
        #expect(plan.settledAt == Self.zero + 35)
        #expect(plan.nextAt == Self.zero + 40)
    }

    @Test func aClockThatGoesBackFiresNothingAgain() throws {
        var schedule = try schedule()
        schedule.settledAt = Self.zero + 35
        let plan = try FiringPlan(for: schedule, isUnfinished: false, now: Self.zero + 12)
        #expect(plan.fires.isEmpty)
        #expect(plan.settledAt == Self.zero + 35 && plan.nextAt == Self.zero + 40)
    }

    @Test func underSkipOnlyTheFirstOfSeveralFires() throws {
        let now = Self.zero + 35
        let free = try FiringPlan(for: try schedule("@every 10s", .all, .skip), isUnfinished: false, now: now)
        #expect(seconds(free.fires) == [10] && free.dropped == 2)
        let busy = try FiringPlan(for: try schedule("@every 10s", .all, .skip), isUnfinished: true, now: now)
        #expect(busy.fires.isEmpty && busy.dropped == 3 && busy.waits == nil)
    }

    @Test func underQueueOneWaitsAndGoesFirst() throws {
        var schedule = try schedule("@every 10s", .all, .queue)
        let first = try FiringPlan(for: schedule, isUnfinished: false, now: Self.zero + 35)
        #expect(seconds(first.fires) == [10] && first.waits == Self.zero + 20 && first.dropped == 1)
        (schedule.waitingAt, schedule.settledAt) = (first.waits, first.settledAt)
        let second = try FiringPlan(for: schedule, isUnfinished: true, now: Self.zero + 45)
        #expect(second.fires.isEmpty && second.waits == Self.zero + 20 && second.dropped == 1)
        schedule.settledAt = second.settledAt
        let third = try FiringPlan(for: schedule, isUnfinished: false, now: Self.zero + 52)
        #expect(seconds(third.fires) == [20] && third.waits == Self.zero + 50 && third.dropped == 0)
    }

    @Test func whatCannotBeReadIsRefused() throws {
        let schedule = try schedule("61 * * * *")
        #expect(throws: CronError.self) {
            try FiringPlan(for: schedule, isUnfinished: false, now: Self.zero + 35)
        }
    }

    /// Whatever happens when: no instant fires twice, none is forgotten that should not be, none overtakes another, and under
    /// skip and queue there is never a second unfinished job.
    @Test(arguments: OverlapPolicy.allCases) func everyInstantIsDealtWithOnce(_ overlap: OverlapPolicy) throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var schedule = try schedule("@every 7s", .all, overlap)
            var (fired, dropped, unfinished) = ([Date](), 0, 0)
            var now = Self.zero
            for _ in 0..<30 {
                now += Double.random(in: 0...40, using: &generator)
                if unfinished > 0, Bool.random(using: &generator) { unfinished = 0 }
                let plan = try FiringPlan(for: schedule, isUnfinished: unfinished > 0, now: now)
                fired += plan.fires
                dropped += plan.dropped
                unfinished += plan.fires.count
                (schedule.waitingAt, schedule.settledAt, schedule.nextAt) = (plan.waits, plan.settledAt, plan.nextAt)
                if overlap != .allow { #expect(unfinished <= 1, "seed \(seed)") }
            }
            #expect(Set(fired).count == fired.count && fired == fired.sorted(), "seed \(seed)")
            let waiting = schedule.waitingAt == nil ? 0 : 1
            let due = Int(now.timeIntervalSince(Self.zero) / 7)
            #expect(fired.count + dropped + waiting == due, "seed \(seed)")
            if overlap == .allow { #expect(dropped == 0 && waiting == 0, "seed \(seed)") }
        }
    }
}
