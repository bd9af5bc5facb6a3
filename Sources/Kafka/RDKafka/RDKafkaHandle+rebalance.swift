import CRDKafka

/// What a rebalance event did to the assignment.
struct RDKafkaRebalance {
    enum Change {
        case assigned
        case revoked
        case lost
    }

    let change: Change
    let partitions: [TopicPartition]
    let error: KafkaError?
}

extension RDKafkaHandle {
    /// Does what a rebalance event asks for, by the protocol that the group has agreed on.
    ///
    /// With the cooperative protocol (KIP-429) only the partitions that move are named; with the eager one, all of them.
    /// librdkafka commits the stored offsets of partitions before it gives them up, unless they are lost.
    ///
    /// - Parameters:
    ///   - event: an event of kind `rebalance`.
    ///   - records: the queue on which records and ends of new partitions are to arrive.
    func follow(_ event: borrowing RDKafkaEvent, recordsOn records: RDKafkaQueue) -> RDKafkaRebalance {
        let list = rd_kafka_event_topic_partition_list(event.pointer)
        let isCooperative = rd_kafka_rebalance_protocol(pointer).map { String(cString: $0) } == "COOPERATIVE"
        let partitions = event.partitions
        switch event.code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            for partition in partitions { route(partition, to: records) }
            let error = isCooperative ? addAssignment(list) : replaceAssignment(list)
            return RDKafkaRebalance(change: .assigned, partitions: partitions, error: error)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            let isLost = rd_kafka_assignment_lost(pointer) != 0
            let error = isCooperative ? removeAssignment(list) : replaceAssignment(nil)
            return RDKafkaRebalance(change: isLost ? .lost : .revoked, partitions: partitions, error: error)
        default:
            let cause = event.error(.rebalance)
            return RDKafkaRebalance(change: .lost, partitions: partitions, error: replaceAssignment(nil) ?? cause)
        }
    }

    /// Keeps a partition's records out of the consumer's event queue, so that events are served while records wait.
    private func route(_ partition: TopicPartition, to records: RDKafkaQueue) {
        guard let queue = rd_kafka_queue_get_partition(pointer, partition.topic, partition.partition) else { return }
        rd_kafka_queue_forward(queue, records.pointer)
        rd_kafka_queue_destroy(queue)
    }

    private func addAssignment(_ list: RDKafkaPartitionList.Pointer?) -> KafkaError? {
        KafkaError(consuming: rd_kafka_incremental_assign(pointer, list), operation: .rebalance)
    }

    private func removeAssignment(_ list: RDKafkaPartitionList.Pointer?) -> KafkaError? {
        KafkaError(consuming: rd_kafka_incremental_unassign(pointer, list), operation: .rebalance)
    }

    private func replaceAssignment(_ list: RDKafkaPartitionList.Pointer?) -> KafkaError? {
        KafkaError(rd_kafka_assign(pointer, list), operation: .rebalance)
    }
}
