import JobCore
import TestSupport
import Testing

@testable import JobStore
@testable import Scheduler

@Suite struct FigureChoiceTests {
    private func queue(_ number: Int) -> TenantQueue {
        TenantQueue(tenant: TenantName(validated: "t\(number % 7)"), queue: QueueName(validated: "q\(number)"))
    }

    /// What the database would answer.
    private func figures(_ counts: [JobCounts], told: [TenantQueue], busiest: Int) -> PlatformFigures {
        var figures = PlatformFigures()
        let order = counts.indices.sorted {
            (work(counts[$0]), counts[$0].submitted, $1) > (work(counts[$1]), counts[$1].submitted, $0)
        }
        let names = Set(told).union(order.prefix(busiest).map(queue))
        for (number, count) in counts.enumerated() {
            figures.total.submitted += count.submitted
            figures.total.queued += count.queued
            figures.total.completed += count.completed
            if names.contains(queue(number)) {
                figures.queues.append(
                    (
                        QueueStatus(
                            queue: queue(number),
                            isPaused: false,
                            maxDepth: nil,
                            counts: count,
                            oldestAgeMilliseconds: nil
                        ), 0
                    )
                )
            }
        }
        return figures
    }

    private func work(_ counts: JobCounts) -> Int64 { counts.queued }

    /// Jobs come and go in queues at random. No more queues are told apart than may be; no series of a counter goes down while it is told;
    /// what all series grew by is what the platform grew by; and the gauges add up.
    @Test(arguments: [1, 2, 3, 5, 8, 13] as [UInt64]) func nothingIsLostWhateverQueueIsToldApart(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let limit = Int.random(in: 1...6, using: &generator)
        var counts = [JobCounts](repeating: JobCounts(), count: 24)
        for number in counts.indices { counts[number].submitted = Int64.random(in: 0...100, using: &generator) }
        for number in counts.indices { counts[number].completed = counts[number].submitted }
        var choice = FigureChoice(limit: limit)
        var last: [TenantQueue: JobCounts] = [:]
        var lastOthers = JobCounts()
        var (grown, base): (Int64, Int64?) = (0, nil)
        var apart: Set<TenantQueue> = []
        for round in 0..<400 {
            // A few queues are busy for a while, and then others are.
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let number = (Int.random(in: 0..<5, using: &generator) + round / 60 * 4) % counts.count
                let amount = Int64.random(in: 1...2_000, using: &generator)
                counts[number].submitted += amount
                counts[number].queued += amount
            }
            for number in counts.indices where Bool.random(using: &generator) {
                let amount = Int64.random(in: 0...counts[number].queued, using: &generator)
                counts[number].queued -= amount
                counts[number].completed += amount
            }
            let told = choice.take(figures(counts, told: choice.queues, busiest: limit))
            apart.formUnion(choice.queues)
            #expect(told.queues.count <= limit, "seed \(seed)")
            #expect(told.queues.count == choice.queues.count, "seed \(seed)")
            let total = counts.reduce(0) { $0 + $1.submitted }
            var now: [TenantQueue: JobCounts] = [:]
            for (status, _) in told.queues {
                now[status.queue] = status.counts
                if let before = last[status.queue] {
                    #expect(status.counts.submitted >= before.submitted && status.counts.completed >= before.completed)
                    grown += status.counts.submitted - before.submitted
                }
            }
            #expect(told.others.submitted >= lastOthers.submitted, "seed \(seed), round \(round)")
            #expect(told.others.completed >= lastOthers.completed, "seed \(seed), round \(round)")
            if let base {
                grown += told.others.submitted - lastOthers.submitted
                #expect(grown == total - base, "seed \(seed), round \(round)")
            } else {
                base = total
            }
            let queued = told.queues.reduce(told.others.queued) { $0 + $1.status.counts.queued }
            #expect(queued == counts.reduce(0) { $0 + $1.queued }, "seed \(seed), round \(round)")
            (last, lastOthers) = (now, told.others)
        }
        #expect(apart.count > limit, "seed \(seed): no queue ever gave its place to another one")
    }

    @Test func aQueueKeepsItsPlaceWhileItHasWorkUnlessAnotherHasFarMore() {
        var counts = [JobCounts](repeating: JobCounts(), count: 3)
        counts[0].queued = 50
        var choice = FigureChoice(limit: 1)
        func told() -> [TenantQueue] {
            _ = choice.take(figures(counts, told: choice.queues, busiest: 1))
            return choice.queues
        }
        #expect(told() == [queue(0)])
        counts[1].queued = 400
        for _ in 0..<30 { #expect(told() == [queue(0)], "eight times as much is not far more") }
        counts[1].queued = 1_000
        #expect(told() == [queue(1)])
        counts[0].queued = 100_000
        for _ in 0..<(FigureChoice.busyRounds - 1) { #expect(told() == [queue(1)], "it has just come") }
        #expect(told() == [queue(0)])
        counts[0].queued = 0
        counts[1].queued = 1
        for _ in 0..<(FigureChoice.idleRounds - 1) { #expect(told() == [queue(0)], "it may be at work again soon") }
        #expect(told() == [queue(1)])
    }

    @Test func theOldestOfOthersIsFoundAPartAtATime() {
        let backlog = Backlog(
            tenant: TenantName(validated: "t"),
            queue: QueueName(validated: "q"),
            priority: .low,
            type: JobType(validated: "x")
        )
        var oldest = OldestOfOthers()
        var now = ContinuousClock.now
        func age() -> Double { (oldest.age(at: now) / .seconds(1)).rounded() }
        oldest.found(.seconds(10), next: backlog, at: now)
        oldest.found(.seconds(70), next: backlog, at: now)
        oldest.found(nil, next: nil, at: now)
        #expect(age() == 70)
        now += .seconds(5)
        // The next turn has seen its first part only: the old one may still be there.
        oldest.found(.seconds(15), next: backlog, at: now)
        #expect(age() == 75)
        oldest.found(nil, next: nil, at: now)
        #expect(age() == 15, "it was taken meanwhile")
        oldest.found(nil, next: nil, at: now)
        #expect(age() == 0)
    }
}
