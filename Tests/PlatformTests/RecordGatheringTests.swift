import Foundation
import JobCore
import TestSupport
import Testing

@testable import Platform

/// Which records wait for others.
@Suite struct RecordGatheringTests {
    private let now = ContinuousClock.now

    private func announcements(_ range: Range<Int>) -> [JobAnnouncement] {
        let backlog = Backlog(
            tenant: TenantName(validated: "acme"),
            queue: QueueName(validated: "q"),
            priority: .normal,
            type: JobType(validated: "noop")
        )
        return range.map { JobAnnouncement(id: JobID(UUID()), run: $0, backlog: backlog, trace: nil, queuedAt: .now) }
    }

    @Test func aJobThatComesAloneNeverWaits() {
        var gathering = RecordGathering()
        for index in 0..<1_000 {
            let next = gathering.add(announcements(index..<(index + 1)), at: now + .microseconds(index))
            #expect(next.batches.map { $0.map(\.run) } == [[index]])
            #expect(next.wakeAt == nil)
        }
    }

    @Test func jobsThatComeManyAtOnceWaitForMoreAfterASending() {
        var gathering = RecordGathering()
        #expect(gathering.add(announcements(0..<10), at: now).batches.count == 1, "nothing was sent before")
        let few = gathering.add(announcements(10..<13), at: now)
        #expect(few.batches.isEmpty && few.wakeAt == now + .milliseconds(4))
        // The more there are, the longer; who was told to look does so in vain.
        let more = gathering.add(announcements(13..<33), at: now)
        #expect(more.batches.isEmpty && more.wakeAt == nil)
        let early = gathering.wake(at: now + .milliseconds(4))
        #expect(early.batch.isEmpty && early.wakeAt == now + .milliseconds(15))
        let late = gathering.wake(at: now + .milliseconds(15))
        #expect(late.batch.map(\.run) == Array(10..<33) && late.wakeAt == nil)
    }

    @Test func manyAreEnoughByThemselves() {
        var gathering = RecordGathering()
        _ = gathering.add(announcements(0..<1), at: now)
        _ = gathering.add(announcements(1..<60), at: now)
        let next = gathering.add(announcements(60..<400), at: now)
        #expect(next.batches.map(\.count) == [59, 340])
        // A hundred are, too.
        _ = gathering.add(announcements(400..<450), at: now)
        #expect(gathering.add(announcements(450..<500), at: now).batches.map(\.count) == [100])
    }

    /// Jobs come at any time, and whoever was told to look does so, now and then late. Laws: each is sent once and in its order, none waits
    /// longer than the longest if somebody looks in time, and somebody looks whenever any waits.
    @Test(arguments: 0..<50) func noneIsLostOrForgotten(round: Int) throws {
        var random = SeededGenerator(seed: UInt64(round))
        var gathering = RecordGathering()
        var (time, wakeAt): (ContinuousClock.Instant, ContinuousClock.Instant?) = (now, nil)
        var cameAt: [ContinuousClock.Instant] = []
        var sent: [Int] = []
        for _ in 0..<2_000 {
            let next = time + .microseconds(Int.random(in: 0...8_000, using: &random))
            while let due = wakeAt, due <= next {
                let isLate = Int.random(in: 0..<8, using: &random) == 0
                time = max(time, due) + .milliseconds(isLate ? 20 : 0)
                let woken = gathering.wake(at: time)
                for announcement in woken.batch where time == due {
                    #expect(cameAt[announcement.run].duration(to: time) <= RecordGathering.longest, "seed \(round)")
                }
                sent += woken.batch.map(\.run)
                wakeAt = woken.wakeAt
            }
            time = max(time, next)
            let count = Int.random(in: 0...(Bool.random(using: &random) ? 3 : 150), using: &random)
            cameAt += Array(repeating: time, count: count)
            let added = gathering.add(announcements((cameAt.count - count)..<cameAt.count), at: time)
            for batch in added.batches {
                #expect(
                    !batch.isEmpty && (batch.count <= RecordGathering.most || batch.count == count),
                    "seed \(round)"
                )
                sent += batch.map(\.run)
            }
            if let due = added.wakeAt {
                #expect(wakeAt == nil, "seed \(round): two look")
                wakeAt = due
            }
            #expect(sent.count == cameAt.count || wakeAt != nil, "seed \(round): nobody looks")
            #expect(wakeAt.map { $0 <= time + RecordGathering.longest } ?? true, "seed \(round)")
        }
        sent += gathering.takeAll(at: time).map(\.run)
        #expect(sent == Array(cameAt.indices), "seed \(round)")
    }
}
