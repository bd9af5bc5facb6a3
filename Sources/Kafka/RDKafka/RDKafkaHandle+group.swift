import CRDKafka

/// A consumer's side of its group: each function is called on the consumer's thread.
extension RDKafkaHandle {
    /// Replaces the set of subscribed topics; without topics, leaves the group.
    func subscribe(to topics: [String]) -> KafkaError? {
        let subject = topics.isEmpty ? "no topics" : "topics \(topics.joined(separator: ", "))"
        guard !topics.isEmpty else {
            return KafkaError(rd_kafka_unsubscribe(pointer), operation: .subscribe, subject: subject)
        }
        let list = RDKafkaPartitionList(topics: topics)
        return withExtendedLifetime(list) {
            KafkaError(rd_kafka_subscribe(pointer, list.pointer), operation: .subscribe, subject: subject)
        }
    }

    /// Stops or restarts the reading of partitions; returns an error for each that is not possible.
    func setPaused(_ isPaused: Bool, _ partitions: [TopicPartition]) -> [KafkaError] {
        guard !partitions.isEmpty else { return [] }
        let list = RDKafkaPartitionList(partitions)
        let code =
            isPaused
            ? rd_kafka_pause_partitions(pointer, list.pointer)
            : rd_kafka_resume_partitions(pointer, list.pointer)
        if let error = KafkaError(code, operation: .pause) { return [error] }
        return list.entries.compactMap { entry in
            KafkaError(entry.code, operation: .pause, subject: "partition \(entry.partition)")
        }
    }

    /// Starts to commit the stored offsets; the result comes as an event of kind `commit` that carries the token.
    func commitStoredOffsets(resultsOn queue: RDKafkaQueue, token: UnsafeMutableRawPointer?) -> KafkaError? {
        KafkaError(rd_kafka_commit_queue(pointer, nil, queue.pointer, nil, token), operation: .commit)
    }

    /// Starts to leave the group; rebalance events follow, and then ``hasLeftGroup`` is true.
    func startLeavingGroup(eventsOn queue: RDKafkaQueue) -> KafkaError? {
        KafkaError(consuming: rd_kafka_consumer_close_queue(pointer, queue.pointer), operation: .close)
    }

    /// Whether the consumer has committed, given its partitions up and left the group.
    var hasLeftGroup: Bool { rd_kafka_consumer_closed(pointer) != 0 }

    /// Stores offsets to be committed; returns the partitions that librdkafka did not accept.
    ///
    /// May be called on any thread: it takes a lock, and does not wait.
    func store(_ offsets: some Collection<(TopicPartition, Int64)>) -> Set<TopicPartition> {
        let list = RDKafkaPartitionList(offsets)
        _ = rd_kafka_offsets_store(pointer, list.pointer)
        return Set(list.entries.filter { $0.code != RD_KAFKA_RESP_ERR_NO_ERROR }.map(\.partition))
    }

    /// Moves the reading position of an assigned partition; what was fetched from the old one is dropped.
    ///
    /// May be called on any thread: it sends a message to librdkafka's own, and does not wait.
    func seek(_ partition: TopicPartition, to offset: Int64) -> KafkaError? {
        let list = RDKafkaPartitionList(CollectionOfOne((partition, offset)))
        let subject = "partition \(partition)"
        if let error = KafkaError(
            consuming: rd_kafka_seek_partitions(pointer, list.pointer, 0),
            operation: .seek,
            subject: subject
        ) {
            return error
        }
        return list.entries.lazy.filter { $0.code != RD_KAFKA_RESP_ERR__IN_PROGRESS }
            .compactMap { KafkaError($0.code, operation: .seek, subject: subject) }.first
    }
}
