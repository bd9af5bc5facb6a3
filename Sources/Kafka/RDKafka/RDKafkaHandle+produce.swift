import CRDKafka

extension RDKafkaHandle {
    /// Queues a record to be sent; returns nil if librdkafka took it, else why it did not.
    ///
    /// librdkafka copies the key, the value and the headers before this returns: the only copy that is made of them.
    /// The call takes locks but waits neither for room nor for the network.
    ///
    /// - Parameters:
    ///   - record: what to send.
    ///   - topics: where the record's topic is looked up.
    ///   - token: handed back with the record's delivery report.
    func produce(
        _ record: ProducerRecord,
        topics: RDKafkaTopics,
        token: UnsafeMutableRawPointer?
    ) -> KafkaErrorCode? {
        guard let topic = topics[record.topic] else { return KafkaErrorCode(rd_kafka_last_error()) }
        let headers = Self.headers(record.headers)
        let code = record.value.withUnsafeBytes { value in
            (record.key ?? []).withUnsafeBytes { key in
                withUnsafeTemporaryAllocation(of: rd_kafka_vu_t.self, capacity: 7) { arguments in
                    arguments.initialize(repeating: rd_kafka_vu_t())
                    arguments[0].vtype = RD_KAFKA_VTYPE_RKT
                    arguments[0].u.rkt = topic
                    arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION
                    arguments[1].u.i32 = record.partition ?? RD_KAFKA_PARTITION_UA
                    arguments[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                    arguments[2].u.i = RD_KAFKA_MSG_F_COPY
                    arguments[3].vtype = RD_KAFKA_VTYPE_OPAQUE
                    arguments[3].u.ptr = token
                    arguments[4].vtype = RD_KAFKA_VTYPE_VALUE
                    arguments[4].u.mem.ptr = UnsafeMutableRawPointer(mutating: value.notNull)
                    arguments[4].u.mem.size = value.count
                    arguments[5].vtype = RD_KAFKA_VTYPE_KEY
                    arguments[5].u.mem.ptr = record.key == nil ? nil : UnsafeMutableRawPointer(mutating: key.notNull)
                    arguments[5].u.mem.size = key.count
                    arguments[6].vtype = RD_KAFKA_VTYPE_HEADERS
                    arguments[6].u.headers = headers
                    let error = rd_kafka_produceva(pointer, arguments.baseAddress, headers == nil ? 6 : 7)
                    return Self.code(consuming: error)
                }
            }
        }
        // librdkafka takes the headers over only if it takes the record.
        if code != nil, let headers { rd_kafka_headers_destroy(headers) }
        return code
    }

    private static func headers(_ headers: [KafkaHeader]) -> OpaquePointer? {
        guard !headers.isEmpty else { return nil }
        let list = rd_kafka_headers_new(headers.count)
        for header in headers {
            (header.value ?? []).withUnsafeBytes { value in
                let bytes = header.value == nil ? nil : value.notNull
                _ = rd_kafka_header_add(list, header.name, header.name.utf8.count, bytes, value.count)
            }
        }
        return list
    }

    private static func code(consuming error: OpaquePointer?) -> KafkaErrorCode? {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        return KafkaErrorCode(rd_kafka_error_code(error))
    }

    /// Gives up the records that are queued and those that are in flight; a delivery report says so for each.
    ///
    /// It does not wait for librdkafka's threads to have done so.
    func purgeRecords() {
        let flags = RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING
        _ = rd_kafka_purge(pointer, flags)
    }

    /// Makes librdkafka behave as after a fatal error of the idempotent producer, for a test of what follows.
    func provokeFatalError(_ code: KafkaErrorCode, reason: String) {
        _ = rd_kafka_test_fatal_error(pointer, rd_kafka_resp_err_t(rawValue: code.rawValue), reason)
    }
}

extension UnsafeRawBufferPointer {
    /// A pointer that is not nil even for no bytes, since librdkafka takes nil for a null key or value.
    fileprivate var notNull: UnsafeRawPointer? {
        baseAddress ?? UnsafeRawPointer(bitPattern: 1)
    }
}

/// The topic objects that one batch of records is written to, each looked up once.
///
/// librdkafka looks a topic up by walking the list of all topics, which would cost every record time when a process
/// writes to hundreds.
final class RDKafkaTopics {
    private let handle: RDKafkaHandle
    private var pointers: [String: OpaquePointer] = [:]

    init(of handle: RDKafkaHandle) {
        self.handle = handle
    }

    deinit {
        for pointer in pointers.values { rd_kafka_topic_destroy(pointer) }
    }

    /// The object of a topic, or nil if librdkafka does not take the name.
    subscript(name: String) -> OpaquePointer? {
        if let pointer = pointers[name] { return pointer }
        guard let pointer = rd_kafka_topic_new(handle.pointer, name, nil) else { return nil }
        pointers[name] = pointer
        return pointer
    }
}
