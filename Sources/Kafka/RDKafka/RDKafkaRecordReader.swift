import CRDKafka

/// Takes records from a queue, many at a time, and turns them into values.
///
/// Used by a consumer's thread alone.
final class RDKafkaRecordReader {
    private static let capacity = 1024
    private let queue: RDKafkaQueue
    private let messages: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>

    init(from queue: RDKafkaQueue) {
        self.queue = queue
        messages = .allocate(capacity: Self.capacity)
        messages.initialize(repeating: nil)
    }

    deinit {
        messages.deallocate()
    }

    /// Appends up to `max` of the records, ends of partitions and errors that have arrived; does not wait.
    func read(max: Int, into events: inout [KafkaConsumerEvent]) {
        var left = max
        while left > 0 {
            let wanted = min(left, Self.capacity)
            let count = Int(rd_kafka_consume_batch_queue(queue.pointer, 0, messages.baseAddress, wanted))
            // -1 says that the queue is being shut down.
            guard count > 0 else { return }
            // A topic's object lives while a message of it does, so its address names it within one batch.
            var topics: [OpaquePointer: String] = [:]
            for message in messages[..<count] {
                guard let message else { continue }
                events.append(Self.event(message, &topics))
                rd_kafka_message_destroy(message)
            }
            left -= count
            if count < wanted { return }
        }
    }

    private static func event(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>,
        _ topics: inout [OpaquePointer: String]
    ) -> KafkaConsumerEvent {
        let topic = topicName(message, &topics)
        let partition = message.pointee.partition
        switch message.pointee.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            return .record(record(message, topic: topic))
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            let end = TopicPartition(topic: topic, partition: partition)
            return .endOfPartition(end, offset: message.pointee.offset)
        default:
            let code = KafkaErrorCode(message.pointee.err)
            let reason = rd_kafka_message_errstr(message).map { String(cString: $0) }
            let subject = "partition \(topic)-\(partition)"
            return .error(KafkaError(code: code, operation: .consume, subject: subject, reason: reason))
        }
    }

    private static func topicName(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>,
        _ topics: inout [OpaquePointer: String]
    ) -> String {
        guard let topic = message.pointee.rkt else { return "" }
        if let name = topics[topic] { return name }
        let name = String(cString: rd_kafka_topic_name(topic))
        topics[topic] = name
        return name
    }

    /// Copies the key, the value and the headers: the only copy that is made of them.
    private static func record(_ message: UnsafeMutablePointer<rd_kafka_message_t>, topic: String) -> KafkaRecord {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = rd_kafka_message_timestamp(message, &kind)
        let record = message.pointee
        return KafkaRecord(
            topic: topic,
            partition: record.partition,
            offset: record.offset,
            timestamp: kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : timestamp,
            key: bytes(record.key, record.key_len),
            value: bytes(record.payload, record.len) ?? [],
            headers: headers(message)
        )
    }

    private static func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
        start.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
    }

    private static func headers(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> [KafkaHeader] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        var headers: [KafkaHeader] = []
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            headers.append(KafkaHeader(name: name.map { String(cString: $0) } ?? "", value: bytes(value, size)))
        }
        return headers
    }
}
