import CRDKafka

extension KafkaErrorCode {
    init(_ code: rd_kafka_resp_err_t) {
        self.init(rawValue: code.rawValue)
    }

    /// The cause in words.
    var text: String {
        switch self {
        case .closed: "the client is closed"
        case .cancelled: "the task was cancelled"
        case .noThread: "the system refused a thread"
        default: String(cString: rd_kafka_err2str(rd_kafka_resp_err_t(rawValue: rawValue)))
        }
    }
}

extension KafkaErrorCode: CustomStringConvertible {
    /// The code's name in librdkafka's spelling, such as `_MSG_TIMED_OUT` (local) or `TOPIC_ALREADY_EXISTS` (broker).
    public var description: String {
        switch self {
        case .closed: "CLOSED"
        case .cancelled: "CANCELLED"
        case .noThread: "NO_THREAD"
        default: String(cString: rd_kafka_err2name(rd_kafka_resp_err_t(rawValue: rawValue)))
        }
    }
}

extension KafkaError {
    /// Takes over an error object of librdkafka and frees it; nil if there is none, which means success.
    init?(
        consuming error: OpaquePointer?,
        operation: KafkaOperation,
        subject: String? = nil
    ) {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        self.init(
            code: KafkaErrorCode(rd_kafka_error_code(error)),
            operation: operation,
            subject: subject,
            reason: String(cString: rd_kafka_error_string(error)),
            isFatal: rd_kafka_error_is_fatal(error) != 0
        )
    }

    /// Describes a plain code of librdkafka; nil if it means success.
    init?(_ code: rd_kafka_resp_err_t, operation: KafkaOperation, subject: String? = nil) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        self.init(code: KafkaErrorCode(code), operation: operation, subject: subject)
    }
}
