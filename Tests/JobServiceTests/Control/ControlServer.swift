import Foundation
import GRPC
import Kafka
import Logging
import SwiftProtobuf
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore
@testable import Platform

/// A control plane that serves, and clients that speak its protocol.
struct ControlServer: Sendable {
    private static let token = "0f5a3c9e7b1d2468ace013579bdf8642"

    let fixture: ControlFixture
    private let client: GRPCClient

    /// Serves for as long as the body runs.
    static func run(maxQueueDepth: Int = 1_000_000, _ body: (ControlServer) async throws -> Void) async throws {
        try await ControlFixture.run { fixture in
            let broker = try MockBroker(logger: fixture.logger)
            let kafka = KafkaConnection(brokers: broker.bootstrapServers)
            let configuration = KafkaProducerConfiguration(connection: kafka, closeTimeout: .seconds(1))
            let producer = try KafkaProducer(configuration: configuration, logger: fixture.logger)
            let sessions = WorkerSessions()
            let relay = HintRelay(
                sessions: sessions,
                store: fixture.stores.backlogs,
                listener: try fixture.listener(BacklogStore.channel),
                logger: fixture.logger
            )
            let publisher = JobPublisher(producer: producer, topics: JobTopics(), logger: fixture.logger)
            let limits = QueueLimits(usual: maxQueueDepth)
            let plane = ControlPlane(
                stores: fixture.stores,
                publisher: EndedRunsPublisher(
                    jobs: publisher,
                    deadLetters: DeadLetterPublisher(producer: producer, topics: JobTopics(), logger: fixture.logger)
                ),
                sessions: sessions,
                relay: relay,
                revocations: RevocationList(),
                events: JobEvents(
                    stores: fixture.stores,
                    waits: JobWaits(stores: fixture.stores, listener: nil, logger: fixture.logger),
                    logger: fixture.logger
                ),
                submission: JobSubmission(
                    store: fixture.stores.submissions,
                    publisher: publisher,
                    admission: AdmissionControl(limits: limits) { try await fixture.stores.depths.read($0) }
                ),
                logger: fixture.logger
            )
            let authentication = Authentication(
                keys: await SigningKeys(secret: TestPlatform.secret),
                store: fixture.stores.apiKeys,
                revocations: RevocationList(),
                workerToken: token
            )
            let server = try GRPCServer(
                configuration: GRPCServerConfiguration(host: "127.0.0.1", port: 0),
                services: [plane],
                interceptors: [ControlPlane.authentication(authentication, logger: fixture.logger)],
                logger: fixture.logger
            )
            let serving = Task { try await server.run() }
            let address = try await server.listeningAddress
            let client = try GRPCClient(
                configuration: GRPCClientConfiguration(addresses: ["\(address)"]),
                logger: fixture.logger
            )
            let running = Task { try await client.run() }
            defer {
                running.cancel()
                serving.cancel()
            }
            do {
                try await body(ControlServer(fixture: fixture, client: client))
            } catch {
                await producer.close()
                throw error
            }
            await producer.close()
        }
    }

    /// Opens a stream of a worker for as long as the body runs.
    @discardableResult
    func session<Result: Sendable>(
        _ identity: WorkerIdentity = WorkerIdentity(),
        _ body: @escaping @Sendable (inout ControlClient) async throws -> Result
    ) async throws -> Result {
        let options = CallOptions(
            timeout: .seconds(50),
            metadata: ["authorization": "Bearer \(Self.token)"],
            waitForReady: true
        )
        return try await client.bidirectional(
            MethodDescriptor(service: WorkerControl.service, method: WorkerControl.session),
            ControlWorkerMessage.self,
            ControlServerMessage.self,
            options: options
        ) { requests, responses in
            var worker = ControlClient(
                identity: identity,
                requests: requests,
                responses: responses.makeAsyncIterator()
            )
            return try await body(&worker)
        }
    }

    /// With which status a worker's stream ends.
    func refusal(
        of identity: WorkerIdentity,
        _ body: @escaping @Sendable (inout ControlClient) async throws -> Void
    ) async throws -> GRPCStatus.Code? {
        do {
            try await session(identity, body)
            return nil
        } catch let error as GRPCError {
            return error.code
        }
    }
}

/// What a worker is known by.
struct WorkerIdentity: Sendable {
    var id = WorkerID.make()
    var secret = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) })
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

    /// Says hello as a worker of type `noop` and waits for its welcome.
    mutating func hello(_ change: (inout ControlHello) -> Void = { _ in }) async throws -> ControlWelcome {
        var hello = ControlHello()
        hello.workerID = identity.id.bytes
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

    struct NotAnswered: Error {}
}
