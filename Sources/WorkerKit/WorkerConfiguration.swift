import Crypto
public import Foundation
public import JobCore
public import Kafka
import Platform

/// How a worker runs.
public struct WorkerConfiguration: Sendable {
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
    /// How many percent of the slots one tenant's jobs may have when the installation has several tenants.
    public var tenantShare: Int
    /// The topics of records.
    public var topics: JobTopics
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
        tenantShare: Int = 80,
        topics: JobTopics = JobTopics(),
        drainTimeout: Duration = .seconds(30)
    ) {
        self.name = name
        self.controlAddresses = controlAddresses
        self.token = token
        self.kafka = kafka
        self.concurrency = concurrency
        self.queues = queues
        self.tenantShare = tenantShare
        self.topics = topics
        self.drainTimeout = drainTimeout
    }

    /// The consumer group of the installation's workers that serve the same queues of the same tenant. Its name tells which by a digest:
    /// there may be many queues.
    func group(of tenant: TenantName?) -> String {
        let base = topics.workers
        guard tenant != nil || !queues.isEmpty else { return base }
        let pool = ([tenant?.rawValue ?? ""] + Set(queues.map(\.rawValue)).sorted()).joined(separator: " ")
        return "\(base)-\(SHA256.hash(data: Data(pool.utf8)).prefix(8).map { String(format: "%02x", $0) }.joined())"
    }

    /// A worker that is told so by its settings.
    package init(_ settings: WorkerSettings) {
        self.init(
            controlAddresses: settings.controlAddresses,
            token: settings.token,
            kafka: settings.common.kafka,
            concurrency: settings.concurrency,
            queues: settings.queues,
            tenantShare: settings.tenantShare,
            topics: settings.common.topics,
            drainTimeout: settings.drainTimeout
        )
        if let name = settings.name { self.name = name }
    }
}
