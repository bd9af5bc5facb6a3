import Foundation
import GRPC
import Kafka
import Logging
import SwiftProtobuf
import Telemetry
import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore
@testable import Platform

/// Control planes that serve, each as a job-service of its own on one database, and clients that speak their protocol.
struct ControlServer: Sendable {
    /// The credential of the installation's own workers.
    static let token = "0f5a3c9e7b1d2468ace013579bdf8642"

    let fixture: ControlFixture
    private let clients: [GRPCClient]

    /// Serves for as long as the body runs.
    static func run(
        services count: Int = 1,
        maxQueueDepth: Int = 1_000_000,
        _ body: (ControlServer) async throws -> Void
    ) async throws {
        try await ControlFixture.run { fixture in
            let broker = try MockBroker(logger: fixture.logger)
            let kafka = KafkaConnection(brokers: broker.bootstrapServers)
            let configuration = KafkaProducerConfiguration(connection: kafka, closeTimeout: .seconds(1))
            let producer = try KafkaProducer(configuration: configuration, logger: fixture.logger)
            let services = try await (0..<count).asyncMap { _ in try await OneService(fixture, producer, maxQueueDepth)
            }
            do {
                try await body(ControlServer(fixture: fixture, clients: services.map(\.client)))
            } catch {
                services.forEach { $0.stop() }
                await producer.close()
                throw error
            }
            services.forEach { $0.stop() }
            await producer.close()
        }
    }

    /// Opens a stream of a worker for as long as the body runs.
    ///
    /// - Parameters:
    ///   - credential: What the worker is let in by.
    ///   - service: The place of the job-service.
    ///   - limit: How long it may last.
    @discardableResult
    func session<Result: Sendable>(
        _ identity: WorkerIdentity = WorkerIdentity(),
        credential: String = token,
        with service: Int = 0,
        atMost limit: Duration = .seconds(50),
        _ body: @escaping @Sendable (inout ControlClient) async throws -> Result
    ) async throws -> Result {
        try await stream(ControlWorkerMessage.self, credential: credential, with: service, atMost: limit) {
            requests,
            responses in
            var worker = ControlClient(
                identity: identity,
                requests: requests,
                responses: responses.makeAsyncIterator()
            )
            return try await body(&worker)
        }
    }

    /// Opens a stream for as long as the body runs.
    func stream<Request: Message & Sendable, Result: Sendable>(
        _: Request.Type,
        credential: String = token,
        with service: Int = 0,
        atMost limit: Duration = .seconds(50),
        _ body:
            @escaping @Sendable (GRPCWriter<Request>, GRPCMessageStream<ControlServerMessage>) async throws ->
            Result
    ) async throws -> Result {
        try await clients[service].bidirectional(
            MethodDescriptor(service: WorkerControl.service, method: WorkerControl.session),
            Request.self,
            ControlServerMessage.self,
            options: CallOptions(
                timeout: limit,
                metadata: ["authorization": "Bearer \(credential)"],
                waitForReady: true
            ),
            body
        )
    }

    /// How a worker's stream is refused; nil when it ends well.
    func refusal(
        of identity: WorkerIdentity = WorkerIdentity(),
        credential: String = token,
        with service: Int = 0,
        _ body: @escaping @Sendable (inout ControlClient) async throws -> Void
    ) async throws -> GRPCError? {
        do {
            try await session(identity, credential: credential, with: service, body)
            return nil
        } catch let error as GRPCError {
            return error
        }
    }

    /// Makes an API key of role WORKER.
    func key(of tenant: String, expiresAt: Date? = nil) async throws -> (id: UUID, secret: String) {
        let new = NewAPIKey(
            tenant: TenantName(validated: tenant),
            name: "w",
            role: .worker,
            scopes: nil,
            expiresAt: expiresAt
        )
        let (key, secret) = try await fixture.stores.apiKeys.create(new, by: Self.admin)
        return (key.id, secret)
    }

    /// Revokes an API key.
    func revoke(_ key: UUID) async throws {
        let isRevoked = try await fixture.stores.apiKeys.revoke(key, by: Self.admin)
        #expect(isRevoked)
    }

    private static let admin = AuditActor(Principal(subject: "root", tenant: .default, role: .admin))
}

/// A job-service's control plane, with all that it hears by itself of what is revoked.
private struct OneService {
    let client: GRPCClient
    private let tasks: [Task<Void, any Error>]

    init(_ fixture: ControlFixture, _ producer: KafkaProducer, _ maxQueueDepth: Int) async throws {
        let (logger, stores) = (fixture.logger, fixture.stores)
        let sessions = WorkerSessions()
        let revocations = RevocationWatch(
            store: stores.revocations,
            listener: try fixture.listener(RevocationStore.channel),
            list: RevocationList(),
            logger: logger
        )
        let publisher = JobPublisher(producer: producer, topics: JobTopics(), logger: logger)
        let limits = QueueLimits(usual: maxQueueDepth)
        let meters = JobMeters(registry: PrometheusRegistry())
        let plane = ControlPlane(
            stores: stores,
            publisher: EndedRunsPublisher(
                jobs: publisher,
                deadLetters: DeadLetterPublisher(
                    producer: producer,
                    topics: JobTopics(),
                    meters: meters,
                    logger: logger
                ),
                meters: meters
            ),
            sessions: sessions,
            relay: HintRelay(
                sessions: sessions,
                store: stores.backlogs,
                listener: try fixture.listener(BacklogStore.channel),
                logger: logger
            ),
            revocations: revocations.list,
            events: JobEvents(
                stores: stores,
                waits: JobWaits(stores: stores, listener: nil, logger: logger),
                logger: logger
            ),
            submission: JobSubmission(
                store: stores.submissions,
                queues: QueueRegistry(store: stores.queues),
                publisher: publisher,
                admission: AdmissionControl(limits: limits) { try await stores.levels.read($0) },
                meters: meters
            ),
            meters: meters,
            logger: logger
        )
        let authentication = Authentication(
            keys: await SigningKeys(secret: TestPlatform.secret),
            store: stores.apiKeys,
            revocations: revocations.list,
            workerToken: ControlServer.token
        )
        let server = try GRPCServer(
            configuration: GRPCServerConfiguration(host: "127.0.0.1", port: 0),
            services: [plane],
            interceptors: [ControlPlane.authentication(authentication, logger: logger)],
            logger: logger
        )
        let serving = Task { try await server.run() }
        let address = try await server.listeningAddress
        let client = try GRPCClient(
            configuration: GRPCClientConfiguration(addresses: ["\(address)"]),
            logger: logger
        )
        self.client = client
        let words = WorkerRelay(listener: try fixture.listener(WorkerRelay.channels), sessions: sessions)
        tasks = [
            serving, Task { try await client.run() }, Task { try await revocations.run() },
            Task { try await words.run() },
        ]
    }

    func stop() { tasks.forEach { $0.cancel() } }
}

extension Sequence {
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}

/// What a worker is known by.
struct WorkerIdentity: Sendable {
    var secret = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) })

    /// The id that follows from it.
    var id: WorkerID { WorkerID(provedBy: secret) }
}

/// A worker's side of a session, a message at a time.
struct ControlClient {
    let identity: WorkerIdentity
    let requests: GRPCWriter<ControlWorkerMessage>
    var responses: GRPCMessageStream<ControlServerMessage>.AsyncIterator
    private var sequence: UInt64 = 0

    init(
        identity: WorkerIdentity,
        requests: GRPCWriter<ControlWorkerMessage>,
        responses: GRPCMessageStream<ControlServerMessage>.AsyncIterator
    ) {
        self.identity = identity
        self.requests = requests
        self.responses = responses
    }

    func send(_ change: (inout ControlWorkerMessage) -> Void) async throws {
        var message = ControlWorkerMessage()
        change(&message)
        try await requests.write(message)
    }

    mutating func next() async throws -> ControlServerMessage? {
        try await responses.next()
    }

    /// Reads until the stream ends.
    mutating func drain() async throws {
        while try await next() != nil {}
    }

    /// Says hello as a worker of type `noop` and waits for its welcome.
    mutating func hello(_ change: (inout ControlHello) -> Void = { _ in }) async throws -> ControlWelcome {
        var hello = ControlHello()
        hello.secret = identity.secret
        hello.name = "w"
        hello.slots = 8
        hello.types = ["noop"]
        change(&hello)
        try await send { $0.hello = hello }
        guard case .welcome(let welcome) = try await next()?.kind else { throw NotAnswered() }
        return welcome
    }

    /// Makes an exchange and waits for its answer; other news is passed over.
    mutating func exchange(_ change: (inout ControlExchange) -> Void) async throws -> ControlExchanged {
        sequence += 1
        var exchange = ControlExchange()
        exchange.sequence = sequence
        change(&exchange)
        try await send { $0.exchange = exchange }
        while let message = try await next() {
            if case .exchanged(let answer) = message.kind, answer.sequence == sequence { return answer }
        }
        throw NotAnswered()
    }

    /// Renews the lease and waits for the answer.
    mutating func heartbeat(running: UInt32 = 0) async throws -> ControlHeartbeatAck {
        sequence += 1
        try await send {
            $0.heartbeat.sequence = sequence
            $0.heartbeat.running = running
        }
        while let message = try await next() {
            if case .heartbeatAck(let answer) = message.kind, answer.sequence == sequence { return answer }
        }
        throw NotAnswered()
    }

    /// Waits until the worker is told to end; other news is passed over.
    mutating func waitForDrain() async throws {
        while let message = try await next() {
            if case .drain = message.kind { return }
        }
        throw NotAnswered()
    }

    struct NotAnswered: Error {}
}

extension ControlPull {
    /// Asks for some jobs of a backlog.
    static func some(_ limit: UInt32, of backlog: Backlog = .sample()) -> ControlPull {
        .with {
            $0.backlog = ControlBacklog(backlog)
            $0.limit = limit
        }
    }
}

extension ControlGrant {
    /// How the run ended, with a result.
    func succeeded(_ result: String = "1") -> ControlOutcome {
        .with {
            $0.jobID = jobID
            $0.run = run
            $0.success.result = Data(result.utf8)
        }
    }

    /// The run's name.
    var key: ControlRun {
        .with {
            $0.jobID = jobID
            $0.run = run
        }
    }
}
