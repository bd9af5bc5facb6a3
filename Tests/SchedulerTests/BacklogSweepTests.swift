import TestSupport
import Testing

@testable import JobCore
@testable import Scheduler

@Suite struct BacklogSweepTests {
    private static let second: Int64 = 1_000_000

    private static func backlog(_ number: Int) -> Backlog {
        let queue = QueueName(validated: "q\(number)")
        return Backlog(tenant: .default, queue: queue, priority: .normal, type: JobType(validated: "noop"))
    }

    /// A job as the database shows it.
    private struct StoredJob {
        var queuedAt: Int64
        /// When its transaction commits.
        var visibleAt: Int64
        /// When it took its place again, after it had been given back.
        var returnedAt: Int64?
    }

    /// Jobs come, some of them seen late, are taken, and some are given back to the place they had. Whatever happens: nothing is
    /// told that is not overdue, what came in the usual way is told at once when it is, and what was given back soon.
    @Test(arguments: 1...20) func whatIsOverdueIsToldAndNothingElse(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var sweep = BacklogSweep()
        var jobs: [[StoredJob]] = Array(repeating: [], count: 6)
        var instant = ContinuousClock.now
        var time: Int64 = 1_700_000_000 * Self.second
        for round in 0..<200 {
            let step = Int64.random(in: Self.second / 2...2 * Self.second, using: &generator)
            (time, instant) = (time + step, instant + .microseconds(step))
            for place in jobs.indices {
                change(&jobs[place], at: time, step, using: &generator)
            }
            let seen = jobs.map { jobs in jobs.filter { $0.visibleAt <= time } }
            let waiting = seen.indices.filter { !seen[$0].isEmpty }.map(Self.backlog).shuffled(using: &generator)
            let looks = sweep.looks(among: waiting, at: instant)
            #expect(Set(looks.map(\.backlog)) == Set(waiting), "seed \(seed), round \(round)")
            let oldest = looks.map { look in
                seen[place(of: look.backlog)].map(\.queuedAt).filter { $0 >= look.since }.min()
            }
            let hints = sweep.found(oldest, in: looks, at: time)
            #expect(hints.map(\.since) == hints.map(\.since).sorted(), "seed \(seed), round \(round)")
            let told = Dictionary(uniqueKeysWithValues: hints.map { (place(of: $0.backlog), $0.since) })
            for (place, jobs) in seen.enumerated() {
                if let since = told[place] {
                    let isRight = jobs.contains { $0.queuedAt == since } && since <= time - BacklogSweep.overdue
                    #expect(isRight, "seed \(seed), round \(round): told of \(place) since \(since)")
                }
                let patience = Int64(BacklogSweep.wholeLook.components.seconds) * Self.second
                let due = jobs.filter { job in
                    job.queuedAt <= time - BacklogSweep.overdue
                        && job.returnedAt.map { $0 <= time - patience } ?? true
                }
                guard let oldest = due.map(\.queuedAt).min() else { continue }
                #expect((told[place] ?? .max) <= oldest, "seed \(seed), round \(round): \(place) was not told of")
            }
        }
    }

    private func place(of backlog: Backlog) -> Int {
        Int(backlog.queue.rawValue.dropFirst()) ?? 0
    }

    private func change(
        _ jobs: inout [StoredJob],
        at time: Int64,
        _ step: Int64,
        using generator: inout SeededGenerator
    ) {
        if Int.random(in: 0..<4, using: &generator) == 0 {
            let queuedAt = time - .random(in: 0..<step, using: &generator)
            let lateness = Int64.random(in: 0...4, using: &generator) == 0 ? BacklogSweep.lateness - 1 : 0
            jobs.append(StoredJob(queuedAt: queuedAt, visibleAt: queuedAt + lateness))
        }
        if Bool.random(using: &generator), !jobs.isEmpty {
            // Taken from the front, as a pull does; one in five comes back.
            var taken = jobs.removeFirst()
            guard Int.random(in: 0..<5, using: &generator) == 0, taken.visibleAt <= time else { return }
            taken.returnedAt = time
            jobs.append(taken)
        }
    }

    @Test(arguments: [1, 4_999, 5_000, 5_001, 12_345]) func theTurnOfEachBacklogComes(count: Int) {
        var sweep = BacklogSweep()
        let waiting = (0..<count).map(Self.backlog)
        let rounds = (count + BacklogSweep.maxLooks - 1) / BacklogSweep.maxLooks
        for _ in 0..<3 {
            var looked: Set<Backlog> = []
            for _ in 0..<rounds {
                let looks = sweep.looks(among: waiting, at: .now)
                #expect(looks.count == min(count, BacklogSweep.maxLooks))
                #expect(Set(looks.map(\.backlog)).count == looks.count)
                looked.formUnion(looks.map(\.backlog))
            }
            #expect(looked.count == count)
        }
    }

    @Test func theTurnComesTooWhileBacklogsComeAndGo() {
        var generator = SeededGenerator()
        var sweep = BacklogSweep()
        var waiting = (0..<12_000).map(Self.backlog)
        let constant = Set(waiting.prefix(500))
        var looked: Set<Backlog> = []
        for round in 0..<8 {
            looked.formUnion(sweep.looks(among: waiting, at: .now).map(\.backlog))
            waiting.removeAll { !constant.contains($0) && Int.random(in: 0..<10, using: &generator) == 0 }
            waiting += (0..<1_000).map { Self.backlog(100_000 + round * 1_000 + $0) }
        }
        #expect(looked.isSuperset(of: constant), "seed \(generator.seed)")
        #expect(sweep.looks(among: [], at: .now).isEmpty)
    }

    @Test func notMoreIsToldAtOnceThanWorkersListenTo() {
        var sweep = BacklogSweep()
        let time: Int64 = 1_700_000_000 * Self.second
        let looks = sweep.looks(among: (0..<4_000).map(Self.backlog), at: .now)
        let hints = sweep.found(looks.indices.map { time - 3 * Self.second - Int64($0) }, in: looks, at: time)
        #expect(hints.count == BacklogSweep.maxHints)
        #expect(hints.first?.backlog == looks.last?.backlog, "the oldest first")
    }

    @Test func whatIsGoneForLongIsForgotten() {
        var sweep = BacklogSweep()
        let start = ContinuousClock.now
        _ = sweep.looks(among: (0..<100).map(Self.backlog), at: start)
        _ = sweep.looks(among: [Self.backlog(5)], at: start + .seconds(59))
        #expect(sweep.remembered == 100)
        let looks = sweep.looks(among: [Self.backlog(5), Self.backlog(6)], at: start + .seconds(61))
        #expect(sweep.remembered == 2 && looks.map(\.since) == [0, 0])
    }
}
