import CRDKafka
import Concurrency
import Logging
import Synchronization

/// One librdkafka client instance (`rd_kafka_t`) and the end of its life.
///
/// The instance is destroyed when the last reference goes: whoever holds a handle may use its pointer without fear.
/// Destroying blocks until librdkafka's own threads have ended, so it happens on a thread of its own.
///
/// `@unchecked Sendable`: `pointer` never changes and librdkafka's functions on an `rd_kafka_t` are thread-safe;
/// `abandonsGroup` is written before the owner gives up its reference, and read only in `deinit`.
final class RDKafkaHandle: @unchecked Sendable {
    enum Kind {
        case producer
        case consumer
    }

    let pointer: OpaquePointer
    /// Whether a consumer is torn down without committing and leaving its group; for one that did not close in time.
    var abandonsGroup = false

    private let log: RDKafkaLog
    private let whenDestroyed = Mutex<[@Sendable () -> Void]>([])

    /// Makes an instance and starts its threads.
    ///
    /// - Parameters:
    ///   - kind: producer or consumer; an admin client and a mock cluster use a producer.
    ///   - properties: the configuration, set in this order.
    ///   - events: which of librdkafka's events are wanted on the instance's queues.
    ///   - logger: where librdkafka's log lines go.
    init(
        _ kind: Kind,
        properties: [KafkaProperty],
        events: Set<RDKafkaEvent.Kind> = [],
        logger: Logger
    ) throws(KafkaError) {
        let log = RDKafkaLog(logger: logger)
        let configuration = try RDKafkaConfiguration(properties: properties)
        rd_kafka_conf_set_events(configuration.pointer, events.reduce(0) { $0 | $1.rawValue })
        log.attach(to: configuration)
        pointer = try Self.make(kind, configuration)
        self.log = log
    }

    /// Calls `body` once nothing of the instance is left, on the thread that destroyed it.
    func notifyWhenDestroyed(_ body: @escaping @Sendable () -> Void) {
        whenDestroyed.withLock { $0.append(body) }
    }

    deinit {
        let doomed = Doomed(pointer: pointer, flags: abandonsGroup ? RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE : 0)
        let destroy: @Sendable () -> Void = { [log, whenDestroyed = whenDestroyed.withLock { $0 }] in
            rd_kafka_destroy_flags(doomed.pointer, doomed.flags)
            // librdkafka may log until here.
            withExtendedLifetime(log) {}
            for body in whenDestroyed { body() }
        }
        do {
            try DedicatedThread.start(name: "kafka-destroy", destroy)
        } catch {
            // Blocking this thread is better than leaking the instance's threads and sockets.
            destroy()
        }
    }

    /// The error that made the instance useless, if there was one.
    func fatalError(_ operation: KafkaOperation) -> KafkaError? {
        var reason = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(pointer, &reason, reason.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(
            code: KafkaErrorCode(code),
            operation: operation,
            reason: String(nulTerminated: reason),
            isFatal: true
        )
    }

    private static func make(
        _ kind: Kind,
        _ configuration: RDKafkaConfiguration
    ) throws(KafkaError) -> OpaquePointer {
        var reason = [CChar](repeating: 0, count: 512)
        let type = kind == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
        guard let pointer = rd_kafka_new(type, configuration.pointer, &reason, reason.count) else {
            throw KafkaError(
                code: KafkaErrorCode(rd_kafka_last_error()),
                operation: .configure,
                reason: String(nulTerminated: reason)
            )
        }
        configuration.wasTaken()
        return pointer
    }

    /// `@unchecked Sendable`: the pointer is used by the destroying thread alone.
    private struct Doomed: @unchecked Sendable {
        let pointer: OpaquePointer
        let flags: Int32
    }
}

extension String {
    /// The text of a C buffer up to its terminating zero.
    init(nulTerminated buffer: [CChar]) {
        self = buffer.withUnsafeBufferPointer { buffer in
            let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
