import DequeModule
import Foundation

/// Which records of one partition are not yet settled, that is claimed or refused.
///
/// From it follow the offset that may be stored (a restart then sees every unsettled record again) and the watermark.
struct PartitionTracker {
    private struct Entry {
        var offset: Int64
        var queuedAt: Date
        var isSettled: Bool
    }

    /// In order of offset, the first one unsettled.
    private var entries = Deque<Entry>()
    /// The offset after the last record received; nil until one came or the end was seen.
    private(set) var position: Int64?

    /// Notes a record that came.
    mutating func received(offset: Int64, queuedAt: Date) {
        entries.append(Entry(offset: offset, queuedAt: queuedAt, isSettled: false))
        position = offset + 1
    }

    /// Notes that the partition's end was seen at an offset.
    mutating func reachedEnd(at offset: Int64) {
        position = max(position ?? offset, offset)
    }

    /// Notes that a record is settled.
    ///
    /// - Returns: The offset to store, when it has moved: the one after the last record before which all are settled.
    mutating func settled(offset: Int64) -> Int64? {
        guard let index = index(of: offset) else { return nil }
        entries[index].isSettled = true
        var storable: Int64?
        while let first = entries.first, first.isSettled {
            storable = first.offset + 1
            entries.removeFirst()
        }
        return storable
    }

    /// Whether records wait to be settled.
    var hasUnsettled: Bool { !entries.isEmpty }

    /// The earliest `queued_at` of an unsettled record. Records are published about in that order but not quite, so all are looked at.
    var earliestUnsettled: Date? {
        entries.lazy.filter { !$0.isSettled }.map(\.queuedAt).min()
    }

    /// By halving: offsets rise, but compaction and transactions leave gaps.
    private func index(of offset: Int64) -> Int? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].offset == offset ? low : nil
    }
}
