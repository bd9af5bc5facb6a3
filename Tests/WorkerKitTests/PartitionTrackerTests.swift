import Foundation
import Testing

@testable import QueueFlowWorker

@Suite struct PartitionTrackerTests {
    private func time(_ seconds: Double) -> Date { Date(timeIntervalSince1970: seconds) }

    @Test func anOffsetIsStoredOnlyOnceAllBeforeItAreSettled() {
        var tracker = PartitionTracker()
        for offset in [10, 11, 15, 16] as [Int64] { tracker.received(offset: offset, queuedAt: time(Double(offset))) }
        #expect(tracker.position == 17)
        #expect(tracker.settled(offset: 11) == nil)
        #expect(tracker.settled(offset: 16) == nil)
        #expect(tracker.settled(offset: 10) == 12)
        #expect(tracker.settled(offset: 15) == 17)
        #expect(tracker.earliestUnsettled == nil)
    }

    @Test func theWatermarkIsTheEarliestUnsettledEvenOutOfOrder() {
        var tracker = PartitionTracker()
        tracker.received(offset: 1, queuedAt: time(5))
        tracker.received(offset: 2, queuedAt: time(3))
        tracker.received(offset: 3, queuedAt: time(9))
        #expect(tracker.earliestUnsettled == time(3))
        _ = tracker.settled(offset: 2)
        #expect(tracker.earliestUnsettled == time(5))
    }

    @Test func settlingTwiceOrWhatNeverCameIsHarmless() {
        var tracker = PartitionTracker()
        tracker.received(offset: 1, queuedAt: time(1))
        #expect(tracker.settled(offset: 7) == nil)
        #expect(tracker.settled(offset: 1) == 2)
        #expect(tracker.settled(offset: 1) == nil)
    }
}
