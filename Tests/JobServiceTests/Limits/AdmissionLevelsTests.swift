import JobCore
import JobStore
import TestSupport
import Testing

@testable import JobService

/// When levels are read, and what is let happen by what was read.
@Suite(.timeLimit(.minutes(1))) struct AdmissionLevelsTests {
    private let start = ContinuousClock.now

    private func level(_ index: Int) -> JobLevel {
        .queue(TenantQueue(tenant: TenantName(validated: "t"), queue: QueueName(validated: "q\(index)")))
    }

    private func add(_ count: Int, to level: JobLevel, limit: Int, _ levels: inout AdmissionLevels) {
        #expect(levels.admit([.init(level: level, count: count, limit: limit)]).full == nil)
        levels.settle(count, of: level, isStored: true)
    }

    @Test func ofManyLevelsThatRiseALittleEachIsReadNowAndThen() {
        var levels = AdmissionLevels()
        let all = (0..<10_000).map(level)
        var read: [JobLevel: Int] = [:]
        // Half a minute in which each rises once a second.
        for half in 0..<60 {
            let now = start + .milliseconds(500 * half)
            for each in all.enumerated() where each.offset % 2 == half % 2 {
                add(1, to: each.element, limit: 1_000_000, &levels)
            }
            let toRead = levels.beginReading(at: now)
            for each in toRead { read[each, default: 0] += 1 }
            levels.endReading(Dictionary(uniqueKeysWithValues: toRead.map { ($0, 0) }), at: now)
        }
        #expect(all.allSatisfy { (5...6).contains(read[$0] ?? 0) })
    }

    @Test func aLevelIsReadAtOnceWhenItIsNewRoseByAPartOrIsNearlyFull() {
        var levels = AdmissionLevels()
        add(1, to: level(0), limit: 6_400, &levels)
        #expect(levels.beginReading(at: start) == [level(0)])
        levels.endReading([level(0): 10], at: start)
        add(99, to: level(0), limit: 6_400, &levels)
        #expect(levels.beginReading(at: start).isEmpty)
        add(1, to: level(0), limit: 6_400, &levels)
        #expect(levels.beginReading(at: start) == [level(0)])
        levels.endReading([level(0): 5_600], at: start)
        add(1, to: level(0), limit: 6_400, &levels)
        #expect(levels.beginReading(at: start) == [level(0)])
    }

    @Test func aReadingThatFailedIsMadeAgain() {
        var levels = AdmissionLevels()
        add(1, to: level(0), limit: 1_000, &levels)
        #expect(levels.beginReading(at: start) == [level(0)])
        levels.endReading(nil, at: start)
        add(1, to: level(0), limit: 1_000, &levels)
        #expect(levels.beginReading(at: start) == [level(0)])
    }

    @Test func whatWaitsIsRememberedForAsLongAsItWaits() {
        var levels = AdmissionLevels()
        var now = start
        add(2, to: level(0), limit: 3, &levels)
        for _ in 0..<200 {
            now += .seconds(1)
            let toRead = levels.beginReading(at: now)
            levels.endReading(Dictionary(uniqueKeysWithValues: toRead.map { ($0, 2) }), at: now)
        }
        #expect(levels.admit([.init(level: level(0), count: 2, limit: 3)]).full != nil)
    }

    /// Jobs come here, in batches that are stored, later or not at all, and at another instance; workers take them; readings begin, see what
    /// there is, and end or fail. Laws: what is let in here never takes a level past its limit, but for what the others have added since
    /// the level was last read; and what somebody was refused is read next, unless a reading is under way.
    @Test(arguments: 0..<50) func noLevelIsPassedByWhatIsLetInHere(round: Int) throws {
        var random = SeededGenerator(seed: UInt64(round))
        var levels = AdmissionLevels()
        var now = start
        let all = (0..<4).map(level)
        let limits = [3, 64, 1_000, 100_000]
        var (waiting, unseen, pending) = ([0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0])
        var reading: (levels: [JobLevel], seen: [JobLevel: Int]?, ofOthers: [Int])?
        for _ in 0..<5_000 {
            now += .milliseconds(Int.random(in: 0...400, using: &random))
            let index = Int.random(in: 0..<4, using: &random)
            let count = Int.random(in: 1...max(1, limits[index] / 20), using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let full = levels.admit([.init(level: all[index], count: count, limit: limits[index])]).full
                if full == nil {
                    pending[index] += count
                    #expect(waiting[index] + pending[index] - unseen[index] <= limits[index], "seed \(round)")
                } else {
                    #expect(reading != nil || levels.beginReadingWouldRead(all[index], at: now), "seed \(round)")
                }
            case 4..<6 where pending[index] > 0:
                let isStored = Int.random(in: 0..<5, using: &random) > 0
                let settled = Int.random(in: 1...pending[index], using: &random)
                levels.settle(settled, of: all[index], isStored: isStored)
                pending[index] -= settled
                if isStored { waiting[index] += settled }
            case 6:
                waiting[index] += count
                unseen[index] += count
            case 7:
                let taken = Int.random(in: 0...waiting[index], using: &random)
                waiting[index] -= taken
            default:
                guard let begun = reading else {
                    reading = (levels.beginReading(at: now), nil, unseen)
                    continue
                }
                guard let seen = begun.seen else {
                    let indices = all.indices.filter { begun.levels.contains(all[$0]) }
                    reading?.seen = Dictionary(uniqueKeysWithValues: indices.map { (all[$0], waiting[$0]) })
                    reading?.ofOthers = unseen
                    continue
                }
                let hasFailed = Int.random(in: 0..<5, using: &random) == 0
                levels.endReading(hasFailed ? nil : seen, at: now)
                for (index, level) in all.enumerated() where !hasFailed && seen[level] != nil {
                    unseen[index] -= begun.ofOthers[index]
                }
                reading = nil
            }
        }
    }
}

extension AdmissionLevels {
    /// Whether the next reading is of a level.
    fileprivate func beginReadingWouldRead(_ level: JobLevel, at now: ContinuousClock.Instant) -> Bool {
        var copy = self
        return copy.beginReading(at: now).contains(level)
    }
}
