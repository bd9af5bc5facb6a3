import CRDKafka

extension RDKafkaEvent {
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
