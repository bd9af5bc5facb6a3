import CRDKafka

/// A list of partitions with their offsets, as librdkafka passes it around.
final class RDKafkaPartitionList {
    typealias Pointer = UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    let pointer: Pointer

    /// Makes a list of partitions.
    init(_ partitions: some Collection<TopicPartition>) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count))
        for partition in partitions {
            rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition)
        }
    }

    /// Makes a list of partitions with an offset each.
    init(_ offsets: some Collection<(TopicPartition, Int64)>) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: offsets.count))
        for (partition, offset) in offsets {
            rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition).pointee.offset = offset
        }
    }

    /// Makes a list of whole topics, as a subscription needs it.
    init(topics: [String]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: topics.count))
        for topic in topics {
            rd_kafka_topic_partition_list_add(pointer, topic, RD_KAFKA_PARTITION_UA)
        }
    }

    deinit {
        rd_kafka_topic_partition_list_destroy(pointer)
    }

    /// One entry of a list.
    struct Entry {
        let partition: TopicPartition
        let offset: Int64
        let code: rd_kafka_resp_err_t
    }

    /// The entries as they are now; librdkafka's functions fill in offsets and errors.
    var entries: [Entry] { Self.entries(of: pointer) }

    /// The entries of a list that librdkafka owns.
    static func entries(of list: UnsafePointer<rd_kafka_topic_partition_list_t>) -> [Entry] {
        entries(of: UnsafeMutablePointer(mutating: list))
    }

    static func entries(of list: Pointer) -> [Entry] {
        UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt)).map { entry in
            Entry(
                partition: TopicPartition(topic: String(cString: entry.topic), partition: entry.partition),
                offset: entry.offset,
                code: entry.err
            )
        }
    }
}
