import CRDKafka

/// A queue on which librdkafka hands over events and records.
///
/// It must be released before its client's handle, which it keeps alive for that reason.
///
/// `@unchecked Sendable`: the pointers never change, and librdkafka's queues have their own locks.
final class RDKafkaQueue: @unchecked Sendable {
    let pointer: OpaquePointer
    private let handle: RDKafkaHandle
    private var wakeUp: Unmanaged<WakeUp>?

    /// Makes a queue that nothing is routed to yet.
    init(newFor handle: RDKafkaHandle) {
        pointer = rd_kafka_queue_new(handle.pointer)
        self.handle = handle
    }

    /// The queue of a client's own events, such as delivery reports and errors.
    init(mainOf handle: RDKafkaHandle) {
        pointer = rd_kafka_queue_get_main(handle.pointer)
        self.handle = handle
    }

    /// The queue of a consumer's group events and, unless forwarded elsewhere, its records.
    ///
    /// - Throws: ``KafkaError`` if the client is not a member of a group.
    init(consumerOf handle: RDKafkaHandle) throws(KafkaError) {
        if let error = KafkaError(rd_kafka_poll_set_consumer(handle.pointer), operation: .configure) { throw error }
        guard let pointer = rd_kafka_queue_get_consumer(handle.pointer) else {
            throw KafkaError(code: .invalidArgument, operation: .configure, subject: "group", reason: "it is not set")
        }
        self.pointer = pointer
        self.handle = handle
    }

    deinit {
        if let wakeUp {
            rd_kafka_queue_cb_event_enable(pointer, nil, nil)
            wakeUp.release()
        }
        rd_kafka_queue_destroy(pointer)
    }

    /// Takes the next event.
    ///
    /// - Parameter timeoutMilliseconds: how long this thread may block for one; -1 waits until ``wakeWaiter()``.
    func next(timeoutMilliseconds: Int32) -> RDKafkaEvent? {
        rd_kafka_queue_poll(pointer, timeoutMilliseconds).map(RDKafkaEvent.init(pointer:))
    }

    /// Makes a thread that waits in ``next(timeoutMilliseconds:)``, or the next one to wait, return at once.
    func wakeWaiter() {
        rd_kafka_queue_yield(pointer)
    }

    /// Calls `body` whenever the queue stops being empty, so that nobody has to poll it. At most once in a queue's life.
    ///
    /// The call comes from one of librdkafka's threads while it holds the queue's lock: `body` must be brief and must
    /// not call librdkafka.
    func onArrival(_ body: @escaping @Sendable () -> Void) {
        let wakeUp = Unmanaged.passRetained(WakeUp(body: body))
        self.wakeUp = wakeUp
        rd_kafka_queue_cb_event_enable(
            pointer,
            { _, opaque in
                guard let opaque else { return }
                Unmanaged<WakeUp>.fromOpaque(opaque)._withUnsafeGuaranteedRef { $0.body() }
            },
            wakeUp.toOpaque()
        )
    }

    private final class WakeUp: Sendable {
        let body: @Sendable () -> Void

        init(body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
