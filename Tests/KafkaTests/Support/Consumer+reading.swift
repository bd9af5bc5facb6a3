import Kafka

extension KafkaConsumer {
    /// Reads until so many records have come, and returns them; other events go to `onOther`.
    func records(
        _ count: Int,
        max: Int = 500,
        onOther: (KafkaConsumerEvent) -> Void = { _ in }
    ) async throws -> [KafkaRecord] {
        var records: [KafkaRecord] = []
        while records.count < count {
            for event in try await nextEvents(max: max) {
                if case .record(let record) = event { records.append(record) } else { onOther(event) }
            }
        }
        return records
    }

    /// Reads until an event satisfies the condition, and returns it with the events before it.
    @discardableResult
    func events(until isLast: (KafkaConsumerEvent) -> Bool) async throws -> [KafkaConsumerEvent] {
        var events: [KafkaConsumerEvent] = []
        while true {
            for event in try await nextEvents(max: 1) {
                events.append(event)
                if isLast(event) { return events }
            }
        }
    }

    /// Reads until partitions are assigned.
    func waitUntilAssigned() async throws {
        try await events { if case .assigned = $0 { true } else { false } }
    }
}

extension KafkaRecord {
    /// The value as text.
    var text: String { String(decoding: value, as: UTF8.self) }
}

extension ProducerRecord {
    init(_ topic: String, _ text: String, key: String? = nil, partition: Int32? = nil) {
        self.init(topic: topic, key: key.map { Array($0.utf8) }, value: Array(text.utf8), partition: partition)
    }
}
