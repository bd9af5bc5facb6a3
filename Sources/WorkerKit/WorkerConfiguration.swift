public import Foundation
public import JobCore
public import Kafka

/// How a worker runs.
public struct WorkerConfiguration: Sendable {
    /// The consumer group that all workers share.
    public static let consumerGroup = "queueflow-workers"

    /// The worker's name, for people.
    public var name: String
    /// The job-services' gRPC addresses, as `host:port`.
    public var controlAddresses: [String]
    /// What the control plane knows the worker by: the secret that it shares with the job-services, or an API key of role
    /// WORKER.
    public var token: String
    /// How to reach Kafka.
    public var kafka: KafkaConnection
    /// How many jobs run at once.
    public var concurrency: Int
    /// The queues it serves; none means all.
    public var queues: [QueueName]
    /// How long running jobs may take to end once the worker was told to.
    public var drainTimeout: Duration

    /// A worker for all queues.
    public init(
        name: String = "\(ProcessInfo.processInfo.hostName)/\(ProcessInfo.processInfo.processIdentifier)",
        controlAddresses: [String],
        token: String,
        kafka: KafkaConnection,
        concurrency: Int = 64,
        queues: [QueueName] = [],
        drainTimeout: Duration = .seconds(30)
    ) {
        self.name = name
        self.controlAddresses = controlAddresses
        self.token = token
        self.kafka = kafka
        self.concurrency = concurrency
        self.queues = queues
        self.drainTimeout = drainTimeout
    }

    /// A worker that is told so by its settings.
    public init(_ settings: WorkerSettings) {
        self.init(
            controlAddresses: settings.controlAddresses,
            token: settings.token,
            kafka: settings.common.kafka,
            concurrency: settings.concurrency,
            queues: settings.queues,
            drainTimeout: settings.drainTimeout
        )
        if let name = settings.name { self.name = name }
    }
}
