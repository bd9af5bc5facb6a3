import CRDKafka

/// What a broker says about one topic.
struct RDKafkaTopicMetadata: Sendable {
    let name: String
    let code: KafkaErrorCode?
    let partitions: [PartitionDescription]
}

/// What a broker says about the cluster.
struct RDKafkaClusterMetadata: Sendable {
    var brokers: [Int32] = []
    var topics: [RDKafkaTopicMetadata] = []
}

extension RDKafkaHandle {
    /// Asks a broker about one topic, or about all; blocks until it answers or the time is over.
    ///
    /// Asking about one topic makes a broker create it if both sides allow automatic creation; asking about all does not.
    func metadata(
        of topic: String?,
        timeout: Duration,
        operation: KafkaOperation
    ) throws(KafkaError) -> RDKafkaClusterMetadata {
        let subject = topic.map { "topic \($0)" }
        var object: OpaquePointer?
        if let topic {
            object = rd_kafka_topic_new(pointer, topic, nil)
            guard object != nil else {
                throw KafkaError(code: KafkaErrorCode(rd_kafka_last_error()), operation: operation, subject: subject)
            }
        }
        defer { if let object { rd_kafka_topic_destroy(object) } }
        var answer: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(
            pointer,
            topic == nil ? 1 : 0,
            object,
            &answer,
            timeout.clampedMilliseconds
        )
        if let error = KafkaError(code, operation: operation, subject: subject) { throw error }
        guard let answer else { return RDKafkaClusterMetadata() }
        defer { rd_kafka_metadata_destroy(answer) }
        let brokers = UnsafeBufferPointer(start: answer.pointee.brokers, count: Int(answer.pointee.broker_cnt))
        let topics = UnsafeBufferPointer(start: answer.pointee.topics, count: Int(answer.pointee.topic_cnt))
        return RDKafkaClusterMetadata(brokers: brokers.map(\.id), topics: topics.map(RDKafkaTopicMetadata.init))
    }
}

extension RDKafkaTopicMetadata {
    fileprivate init(_ topic: rd_kafka_metadata_topic) {
        name = String(cString: topic.topic)
        code = topic.err == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaErrorCode(topic.err)
        partitions = UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt)).map { partition in
            PartitionDescription(
                id: partition.id,
                leader: partition.leader < 0 ? nil : partition.leader,
                replicas: Array(UnsafeBufferPointer(start: partition.replicas, count: Int(partition.replica_cnt))),
                inSyncReplicas: Array(UnsafeBufferPointer(start: partition.isrs, count: Int(partition.isr_cnt)))
            )
        }
    }
}
