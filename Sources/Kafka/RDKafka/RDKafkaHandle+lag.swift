import CRDKafka

extension RDKafkaHandle {
    /// Describes one topic; blocks until a broker answers or the time is over.
    ///
    /// It asks about all topics, since asking about one makes some brokers create it.
    func describe(topic: String, timeout: Duration) throws(KafkaError) -> TopicDescription {
        let cluster = try metadata(of: nil, timeout: timeout, operation: .describeTopics)
        let found = cluster.topics.first { $0.name == topic }
        guard let found, found.code == nil else {
            let code = found?.code ?? .unknownTopicOrPartition
            throw KafkaError(code: code, operation: .describeTopics, subject: "topic \(topic)")
        }
        return TopicDescription(name: topic, partitions: found.partitions.sorted { $0.id < $1.id })
    }

    /// Measures a group's lag; blocks until the brokers have answered three requests.
    func lag(of group: String, in topics: Set<String>, timeout: Duration) throws(KafkaError) -> [PartitionLag] {
        let partitions = try metadata(of: nil, timeout: timeout, operation: .measureLag).topics
            .filter { topics.contains($0.name) }
            .flatMap { topic in topic.partitions.map { TopicPartition(topic: topic.name, partition: $0.id) } }
            .sorted()
        guard !partitions.isEmpty else { return [] }
        let committed = try committedOffsets(of: group, partitions, timeout: timeout)
        let starts = try offsets(at: RD_KAFKA_OFFSET_BEGINNING, of: partitions, timeout: timeout)
        let ends = try offsets(at: RD_KAFKA_OFFSET_END, of: partitions, timeout: timeout)
        return partitions.map { partition in
            PartitionLag(
                topicPartition: partition,
                committed: committed[partition],
                start: starts[partition] ?? 0,
                end: ends[partition] ?? 0
            )
        }
    }

    /// How many records of partitions were not handed over yet, as far as is known here: the end of each is what the last answer to a
    /// fetch said. Asks no broker.
    func localLag(of partitions: Set<TopicPartition>) -> [TopicPartition: Int64] {
        let list = RDKafkaPartitionList(Array(partitions))
        guard rd_kafka_position(pointer, list.pointer) == RD_KAFKA_RESP_ERR_NO_ERROR else { return [:] }
        var lags: [TopicPartition: Int64] = [:]
        for entry in list.entries where entry.offset >= 0 {
            let (topic, partition) = (entry.partition.topic, entry.partition.partition)
            var (start, end): (Int64, Int64) = (0, 0)
            let code = rd_kafka_get_watermark_offsets(pointer, topic, partition, &start, &end)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR, end > entry.offset { lags[entry.partition] = end - entry.offset }
        }
        return lags
    }

    private func committedOffsets(
        of group: String,
        _ partitions: [TopicPartition],
        timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let subject = "group \(group)"
        let queue = RDKafkaQueue(newFor: self)
        let options = rd_kafka_AdminOptions_new(pointer, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS)
        defer { rd_kafka_AdminOptions_destroy(options) }
        setTimeout(timeout, of: options)
        let list = RDKafkaPartitionList(partitions)
        var request = rd_kafka_ListConsumerGroupOffsets_new(group, list.pointer)
        defer { rd_kafka_ListConsumerGroupOffsets_destroy(request) }
        rd_kafka_ListConsumerGroupOffsets(pointer, &request, 1, options, queue.pointer)
        // librdkafka answers by itself when the time is over.
        guard let event = queue.next(timeoutMilliseconds: -1), event.kind == .groupOffsets else { return [:] }
        if let error = event.error(.measureLag, subject: subject) { throw error }
        var count = 0
        let result = rd_kafka_event_ListConsumerGroupOffsets_result(event.pointer)
        guard let groups = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count), count == 1 else {
            return [:]
        }
        if let failure = rd_kafka_group_result_error(groups[0]) {
            throw KafkaError(
                code: KafkaErrorCode(rd_kafka_error_code(failure)),
                operation: .measureLag,
                subject: subject,
                reason: String(cString: rd_kafka_error_string(failure))
            )
        }
        guard let offsets = rd_kafka_group_result_partitions(groups[0]) else { return [:] }
        let known = RDKafkaPartitionList.entries(of: offsets).filter { $0.offset >= 0 }
        return Dictionary(known.map { ($0.partition, $0.offset) }) { first, _ in first }
    }

    /// Looks up the first or the next offset of partitions.
    private func offsets(
        at position: Int32,
        of partitions: [TopicPartition],
        timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let list = RDKafkaPartitionList(partitions.map { ($0, Int64(position)) })
        let code = rd_kafka_offsets_for_times(pointer, list.pointer, timeout.clampedMilliseconds)
        if let error = KafkaError(code, operation: .measureLag) { throw error }
        for entry in list.entries {
            let subject = "partition \(entry.partition)"
            if let error = KafkaError(entry.code, operation: .measureLag, subject: subject) { throw error }
        }
        return Dictionary(list.entries.map { ($0.partition, $0.offset) }) { first, _ in first }
    }
}
