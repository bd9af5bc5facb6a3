import CRDKafka

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
