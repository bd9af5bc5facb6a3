import DequeModule
import JobCore
import Kafka

/// The records that wait for a slot: bounded for each topic, picked fairly.
struct RecordBuffer {
    /// How much of a topic may wait before its partitions are paused.
    static let (maxRecords, maxBytes) = (2_000, 8 << 20)

    private struct Line {
        var records = Deque<WaitingRecord>()
        var bytes = 0

        var isFull: Bool { records.count >= maxRecords || bytes >= maxBytes }
        var isHalfEmpty: Bool { records.count <= maxRecords / 2 && bytes <= maxBytes / 2 }
    }

    private var lines: [Topic: Line] = [:]
    private var picker = FairPicker()
    /// The topics that are served; nil means all. The records of others wait.
    private var served: Set<Topic>?
    private(set) var count = 0

    /// Adds a record at the end of its topic's line.
    ///
    /// - Returns: Whether the line is full now.
    mutating func append(_ record: WaitingRecord) -> Bool {
        insert(record) { $0.append($1) }
    }

    /// Puts a record back at the head of its topic's line, as its claim got no answer.
    mutating func putBack(_ record: WaitingRecord) {
        _ = insert(record) { $0.prepend($1) }
    }

    /// Takes the record whose turn it is.
    mutating func next() -> WaitingRecord? {
        guard let topic = picker.next(), let record = lines[topic]?.records.popFirst() else { return nil }
        shrink(topic, records: 1, bytes: record.size)
        return record
    }

    /// Serves some topics only. The records of others, which may be served again, keep their places.
    mutating func serve(_ topics: Set<Topic>) {
        for topic in lines.keys where isServed(topic) != topics.contains(topic) {
            if topics.contains(topic) { picker.add(topic) } else { picker.remove(topic) }
        }
        served = topics
    }

    /// Whether the line of a topic has room enough to fill it again.
    func hasRoom(for topic: Topic) -> Bool {
        lines[topic]?.isHalfEmpty ?? true
    }

    /// Drops the records of partitions that are no longer ours.
    mutating func drop(_ partitions: Set<TopicPartition>) {
        for (topic, line) in lines {
            let dropped = line.records.filter { partitions.contains($0.source.partition) }
            guard !dropped.isEmpty else { continue }
            lines[topic]?.records.removeAll { partitions.contains($0.source.partition) }
            shrink(topic, records: dropped.count, bytes: dropped.reduce(0) { $0 + $1.size })
        }
    }

    private mutating func insert(_ record: WaitingRecord, _ place: (inout Deque<WaitingRecord>, WaitingRecord) -> Void)
        -> Bool
    {
        if lines[record.topic] == nil, isServed(record.topic) {
            picker.add(record.topic)
        }
        count += 1
        place(&lines[record.topic, default: Line()].records, record)
        lines[record.topic]?.bytes += record.size
        return lines[record.topic]?.isFull ?? false
    }

    private func isServed(_ topic: Topic) -> Bool {
        served?.contains(topic) ?? true
    }

    private mutating func shrink(_ topic: Topic, records: Int, bytes: Int) {
        count -= records
        lines[topic]?.bytes -= bytes
        if lines[topic]?.records.isEmpty ?? false {
            lines[topic] = nil
            picker.remove(topic)
        }
    }
}
