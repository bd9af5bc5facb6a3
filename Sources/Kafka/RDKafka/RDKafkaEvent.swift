import CRDKafka

/// An event taken from a queue; it is freed when this value's life ends.
struct RDKafkaEvent: ~Copyable {
    /// What an event is about.
    enum Kind: Int32 {
        /// Delivery reports of produced records (`RD_KAFKA_EVENT_DR`).
        case deliveries = 0x1
        /// An error of the client, or of a consumer as a whole (`RD_KAFKA_EVENT_ERROR`).
        case error = 0x8
        /// Partitions are to be taken over or given up (`RD_KAFKA_EVENT_REBALANCE`).
        case rebalance = 0x10
        /// A commit of offsets ended (`RD_KAFKA_EVENT_OFFSET_COMMIT`).
        case commit = 0x20
        /// The result of an admin request for new topics (`RD_KAFKA_EVENT_CREATETOPICS_RESULT`).
        case topicsCreated = 100
        /// The result of an admin request for a group's offsets (`RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT`).
        case groupOffsets = 0x8000
    }

    let pointer: OpaquePointer

    init(pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        rd_kafka_event_destroy(pointer)
    }

    /// Frees the event now.
    consuming func free() {}

    /// What the event is about; nil for one that was not asked for.
    var kind: Kind? { Kind(rawValue: rd_kafka_event_type(pointer)) }

    var code: rd_kafka_resp_err_t { rd_kafka_event_error(pointer) }

    /// The event's error, or nil if it says that all went well.
    func error(_ operation: KafkaOperation, subject: String? = nil) -> KafkaError? {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(
            code: KafkaErrorCode(code),
            operation: operation,
            subject: subject,
            reason: rd_kafka_event_error_string(pointer).map { String(cString: $0) },
            // Only events of this kind have the flag.
            isFatal: kind == .error && rd_kafka_event_error_is_fatal(pointer) != 0
        )
    }

    /// The partitions that a rebalance or a commit is about.
    var partitions: [TopicPartition] {
        guard let list = rd_kafka_event_topic_partition_list(pointer) else { return [] }
        return RDKafkaPartitionList.entries(of: list).map(\.partition)
    }

    /// What was handed over with the request that this event answers; nil for an event that answers none.
    var token: UnsafeMutableRawPointer? { rd_kafka_event_opaque(pointer) }

    /// What became of one record.
    struct DeliveryReport {
        /// What was handed to `produce` with the record.
        let token: UnsafeMutableRawPointer?
        /// Why the record was not delivered; nil if it was.
        let failure: KafkaErrorCode?
        let partition: Int32
        let offset: Int64
    }

    /// Calls `body` for each delivery report of an event of kind ``Kind/deliveries``; returns how many there were.
    func forEachDelivery(_ body: (DeliveryReport) -> Void) -> Int {
        var count = 0
        while let message = rd_kafka_event_message_next(pointer) {
            count += 1
            body(
                DeliveryReport(
                    token: message.pointee._private,
                    failure: message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR
                        ? nil : KafkaErrorCode(message.pointee.err),
                    partition: message.pointee.partition,
                    offset: message.pointee.offset
                )
            )
        }
        return count
    }
}
