public import Kafka
public import ServiceLifecycle

/// Keeps a producer open as long as a process runs, and lets it deliver what it has before it ends.
public struct ProducerService: Service {
    private let producer: KafkaProducer

    /// Closes the producer in the end.
    public init(producer: KafkaProducer) {
        self.producer = producer
    }

    /// Waits for graceful shutdown, then flushes and closes.
    public func run() async throws {
        try? await gracefulShutdown()
        await producer.close()
    }
}
