import Formats
public import Foundation
import GRPC
import JobCore
import Kafka
import Platform

/// How a worker runs.
public struct WorkerConfiguration: Sendable {
    /// The worker's name, for people.
    public var name: String
    /// The job-services' gRPC addresses, as `host:port`, or as `https://host:port` for TLS: all of them or none.
    public var controlAddresses: [String]
    /// The file, in PEM, with the authorities that their certificates lead to; nil for the system's.
    public var controlCAFile: String?
    /// What the control plane knows the worker by: the secret that it shares with the job-services, or an API key of role
    /// WORKER.
    public var token: String
    /// Kafka's addresses, as `host:port,host:port`.
    public var kafkaBrokers: String
    /// Settings of librdkafka by name, such as `security.protocol`.
    public var kafkaProperties: [String: String]
    /// What the names of the installation's topics begin with; nil for `queueflow`.
    public var topicPrefix: String?
    /// How many jobs run at once.
    public var concurrency: Int
    /// The queues it serves; none means all.
    public var queues: [String]
    /// How many percent of the slots one tenant's jobs may have when the installation has several tenants.
    public var tenantShare: Int
    /// How long running jobs may take to end once the worker was told to.
    public var drainTimeout: Duration
    /// How long a handler that was told to stop has for it. After that its run is reported as if it had stopped; its slot stays taken
    /// until it has.
    public var cancellationGrace: Duration

    /// A worker for all queues.
    public init(
        name: String = "\(ProcessInfo.processInfo.hostName)/\(ProcessInfo.processInfo.processIdentifier)",
        controlAddresses: [String],
        controlCAFile: String? = nil,
        token: String,
        kafkaBrokers: String,
        kafkaProperties: [String: String] = [:],
        topicPrefix: String? = nil,
        concurrency: Int = 64,
        queues: [String] = [],
        tenantShare: Int = 80,
        drainTimeout: Duration = .seconds(30),
        cancellationGrace: Duration = .seconds(10)
    ) {
        self.name = name
        self.controlAddresses = controlAddresses
        self.controlCAFile = controlCAFile
        self.token = token
        self.kafkaBrokers = kafkaBrokers
        self.kafkaProperties = kafkaProperties
        self.topicPrefix = topicPrefix
        self.concurrency = concurrency
        self.queues = queues
        self.tenantShare = tenantShare
        self.drainTimeout = drainTimeout
        self.cancellationGrace = cancellationGrace
    }

    /// A worker that is told so by its settings.
    package init(_ settings: WorkerSettings) {
        self.init(
            controlAddresses: settings.controlAddresses,
            controlCAFile: settings.controlCAFile,
            token: settings.token,
            kafkaBrokers: settings.common.kafka.brokers,
            kafkaProperties: settings.common.kafka.additional,
            topicPrefix: settings.common.topics.prefix,
            concurrency: settings.concurrency,
            queues: settings.queues.map(\.rawValue),
            tenantShare: settings.tenantShare,
            drainTimeout: settings.drainTimeout
        )
        if let name = settings.name { self.name = name }
    }
}

/// What cannot be in a worker's configuration.
public struct InvalidWorkerConfiguration: Error, CustomStringConvertible {
    /// Says what is wrong.
    public let description: String
}

/// Where the control plane is, as gRPC is told.
struct ControlPlaneAddresses: Sendable {
    private static let scheme = "https://"

    /// What the client calls.
    let client: GRPCClientConfiguration

    /// Reads addresses, each with `https://` in front or none.
    init(_ texts: [String], caFile: String?) throws(InvalidWorkerConfiguration) {
        let encrypted = texts.filter { $0.hasPrefix(Self.scheme) }
        guard encrypted.isEmpty || encrypted.count == texts.count else {
            throw InvalidWorkerConfiguration(
                description: "some addresses are with https:// and some without; expected all or none"
            )
        }
        let addresses = texts.map { $0.hasPrefix(Self.scheme) ? String($0.dropFirst(Self.scheme.count)) : $0 }
        for (text, address) in zip(texts, addresses) where GRPCAddress(address) == nil {
            throw InvalidWorkerConfiguration(
                description: "'\(text)' is no address; expected host:port or https://host:port"
            )
        }
        let tls = encrypted.isEmpty ? nil : ClientTLS(trustRoots: caFile.map { .file($0) })
        client = GRPCClientConfiguration(addresses: addresses, tls: tls)
    }
}

/// A configuration whose names were looked at.
struct CheckedConfiguration: Sendable {
    private static let maxNameBytes = 256

    let queues: Set<QueueName>
    let types: Set<JobType>
    let topics: JobTopics
    let kafka: KafkaConnection
    let controlPlane: ControlPlaneAddresses

    init(_ configuration: WorkerConfiguration, types: [String]) throws(InvalidWorkerConfiguration) {
        func invalid(_ what: String) -> InvalidWorkerConfiguration { InvalidWorkerConfiguration(description: what) }
        guard configuration.name.utf8.count <= Self.maxNameBytes, !configuration.name.contains("\0") else {
            throw invalid("the worker's name may have \(Self.maxNameBytes) bytes, without NUL")
        }
        var queues: Set<QueueName> = []
        for name in configuration.queues {
            guard let queue = try? QueueName(name) else { throw invalid("the queue '\(name)' has no valid name") }
            queues.insert(queue)
        }
        self.queues = queues
        guard !types.isEmpty else { throw invalid("the worker has no handler; register one with handle(_:_:)") }
        var known: Set<JobType> = []
        for name in types {
            guard let type = try? JobType(name) else { throw invalid("the type '\(name)' has no valid name") }
            known.insert(type)
        }
        self.types = known
        guard (1...10_000).contains(configuration.concurrency) else {
            throw invalid("concurrency is \(configuration.concurrency); it may be 1 to 10000")
        }
        guard (1...100).contains(configuration.tenantShare) else {
            throw invalid("tenantShare is \(configuration.tenantShare); it may be 1 to 100")
        }
        guard let topics = configuration.topicPrefix.map({ JobTopics(prefix: $0) }) ?? JobTopics() else {
            throw invalid(
                "topicPrefix is '\(configuration.topicPrefix ?? "")'; it may have 1 to 200 of a-z A-Z 0-9 . _ -"
            )
        }
        self.topics = topics
        controlPlane = try ControlPlaneAddresses(configuration.controlAddresses, caFile: configuration.controlCAFile)
        kafka = KafkaConnection(brokers: configuration.kafkaBrokers, additional: configuration.kafkaProperties)
    }

    /// The consumer group of the installation's workers that serve the same queues of the same tenant. Its name tells which by a hash
    /// (FNV-1a, 64 bits): there may be many queues. Two pools in one group would only be slower, as records would ring at the wrong one.
    func group(of tenant: TenantName?) -> String {
        let base = topics.workers
        guard tenant != nil || !queues.isEmpty else { return base }
        let pool = ([tenant?.rawValue ?? ""] + queues.map(\.rawValue).sorted()).joined(separator: " ")
        var hash = FNV1a()
        hash.add(pool.utf8)
        return "\(base)-\(hash.text)"
    }
}
