import Concurrency
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// The server's part of one connection: takes requests in, starts their handlers, sends what they answer.
final class ServerEndpoint: HTTP2Endpoint {
    let shared: ServerShared
    private var peer: RPCPeer
    private var lifetime = ConnectionLifetime()
    private let running = LiveCount()
    /// What the connection is called among the server's; set once it is open.
    private var number: UInt64?
    private var isOpen = false

    init(shared: ServerShared, remoteAddress: SocketAddress?) {
        self.shared = shared
        self.peer = RPCPeer(address: GRPCAddress(remoteAddress).description, identity: nil)
    }

    // MARK: The connection

    func opened(_ connection: HTTP2Connection) {
        isOpen = true
        number = shared.connections.add(connection)
        if number == nil {
            connection.fail(ConnectionFailure.tooManyConnections, code: .enhanceYourCalm)
        } else {
            lifetime.start(shared.configuration, on: connection)
        }
    }

    func secured(_ connection: HTTP2Connection) {
        let handler = try? connection.context?.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
        peer = RPCPeer(address: peer.address, identity: handler?.peerCertificate.flatMap(TLSIdentity.init))
    }

    func receivedSettings(_ connection: HTTP2Connection) { lifetime.greeted() }

    func receivedGoAway(code: HTTP2ErrorCode, debugData: String, connection: HTTP2Connection) {}

    func closed(_ connection: HTTP2Connection, error: (any Error)?) {
        lifetime.stop()
        if isOpen { shared.connections.remove(number) }
        if let error {
            shared.logger.debug("gRPC connection ended", metadata: ["peer": "\(peer.address)", "error": "\(error)"])
        }
    }

    // MARK: Requests

    func received(
        head: IncomingHead,
        stream id: Int32,
        kind: HTTP2Session.HeadKind,
        endsStream: Bool,
        connection: HTTP2Connection
    ) {
        guard kind == .request else {
            // Trailers of a request carry nothing in gRPC.
            if endsStream { connection.receivedEnd(stream: id) }
            return
        }
        guard let outbox = connection.outbox else { return }
        guard running.value < 2 * shared.configuration.maxConcurrentStreams else {
            connection.session?.reset(stream: id, code: .refusedStream)
            return
        }
        let method: RPCMethod
        do throws(RequestRefusal) {
            method = try RequestRefusal.check(
                head,
                limit: connection.session?.headerListLimit ?? 0,
                router: shared.router
            )
        } catch {
            refuse(error, stream: id, endsStream: endsStream, connection: connection)
            return
        }
        let call = CallStream(
            role: .server,
            configuration: connection.configuration,
            binding: CallStream.Binding(outbox: outbox, stream: id)
        )
        if head.encoding == "gzip" { call.receiveCompression = .gzip }
        let context = ServerContext(
            descriptor: method.descriptor,
            head: head,
            deadline: head.timeout.map { .now + $0 },
            peer: peer,
            call: call,
            shutdown: shared.shutdown
        )
        let owner = ServerStream(method: method, context: context)
        let stream = HTTP2Stream(
            id: id,
            call: call,
            messageLimit: connection.configuration.maxReceiveMessageSize,
            owner: .server(owner)
        )
        connection.add(stream)
        if let number, connection.streams.count == 1 { shared.connections.note(number, hasCalls: true) }
        if let timeout = head.timeout { connection.startDeadline(after: timeout, of: stream) }
        if method.start == .atOnce { start(owner) }
        if endsStream { connection.receivedEnd(stream: id) }
    }

    func receivedEnd(of stream: HTTP2Stream, connection: HTTP2Connection) {
        guard case .server(let owner) = stream.owner else { return }
        if stream.deframer.partialBytes > 0 {
            let error = GRPCError(code: .internal, message: "The request ended in the middle of a message.")
            return received(invalid: error, stream: stream, connection: connection)
        }
        connection.deliver(stream, end: .finished([:]))
        if owner.task == nil { start(owner) }
    }

    func received(invalid error: GRPCError, stream: HTTP2Stream, connection: HTTP2Connection) {
        stream.isIgnoringData = true
        stream.call.finish(.trailers(error.status, error.metadata))
        stream.call.receiveEnd(.failed(error))
        stop(stream)
    }

    func deadlinePassed(for stream: HTTP2Stream, connection: HTTP2Connection) {
        let error = GRPCError.deadlineExceeded
        if stream.isIdle {
            stream.call.finish(.trailers(error.status, [:]))
            stream.call.receiveEnd(.failed(error))
        } else {
            // Messages wait for a client that does not read: a status behind them would not reach it either.
            stream.call.cancel(error)
        }
        stop(stream)
    }

    func closed(stream: HTTP2Stream, code: HTTP2ErrorCode, connection: HTTP2Connection) {
        let error = GRPCError(code: .cancelled, message: "The client ended the call before it was answered.")
        stream.call.close(with: .failed(error), writers: error)
        if let number, connection.streams.isEmpty { shared.connections.note(number, hasCalls: false) }
        stop(stream)
    }

    func open(_ call: ClientCall, connection: HTTP2Connection) {}

    private func start(_ owner: ServerStream) {
        let running = running
        let all = shared.running
        running.enter()
        all.enter()
        // Unstructured, because the call belongs to its connection: the event loop cancels it when the stream ends, and the server's
        // shutdown awaits it through `LiveCount`.
        owner.task = Task { [interceptors = shared.interceptors, method = owner.method, context = owner.context] in
            await method.run(context, interceptors: interceptors)
            running.leave()
            all.leave()
        }
    }

    private func stop(_ stream: HTTP2Stream) {
        guard case .server(let owner) = stream.owner else { return }
        owner.task?.cancel()
    }
}

/// What a server sends back.
extension ServerEndpoint {
    func submitHead(of stream: HTTP2Stream, connection: HTTP2Connection) {
        guard !stream.isHeadSubmitted else { return }
        stream.isHeadSubmitted = true
        let head = stream.call.responseHead()
        connection.fields.removeAll()
        connection.fields.add(":status", "200")
        connection.fields.add("content-type", "application/grpc")
        var hasData = true
        if case .trailers(let status, let metadata) = head.ending, !head.hasMessages, head.metadata.isEmpty {
            connection.fields.add(status)
            connection.fields.add(metadata)
            hasData = false
        } else {
            if stream.call.sendCompression == .gzip { connection.fields.add("grpc-encoding", "gzip") }
            connection.fields.add("grpc-accept-encoding", CompressionAlgorithm.acceptedNames)
            if head.metadata.invalidEntry() == nil { connection.fields.add(head.metadata) }
        }
        submit(stream: stream.id, hasData: hasData, connection: connection)
    }

    /// Answers a request that no handler will see.
    func refuse(_ refusal: RequestRefusal, stream: Int32, endsStream: Bool, connection: HTTP2Connection) {
        connection.fields.removeAll()
        connection.fields.add(":status", refusal.problem?.httpStatus ?? "200")
        connection.fields.add(
            "content-type",
            refusal.problem == nil ? "application/grpc" : "application/problem+json"
        )
        if refusal.problem?.allowsPostOnly == true { connection.fields.add("allow", "POST") }
        if refusal.namesEncodings { connection.fields.add("grpc-accept-encoding", CompressionAlgorithm.acceptedNames) }
        connection.fields.add(refusal.status)
        let body = refusal.problem.flatMap { $0.hasBody ? $0.document : nil }
        connection.refusalBodies[stream] = body
        submit(stream: stream, hasData: body != nil, connection: connection)
        if !endsStream { connection.refused.insert(stream) }
    }

    private func submit(stream: Int32, hasData: Bool, connection: HTTP2Connection) {
        do throws(HTTP2Error) {
            try connection.session?.submitResponse(connection.fields, stream: stream, hasData: hasData)
        } catch {
            connection.session?.reset(stream: stream, code: .internalError)
        }
    }
}

/// What all connections of a server share.
struct ServerShared: Sendable {
    let configuration: GRPCServerConfiguration
    let router: GRPCRouter
    let interceptors: [any ServerInterceptor]
    let logger: Logger
    /// Opens when the server begins to shut down.
    let shutdown = Latch()
    let connections: ServerConnections
    let running = LiveCount()

    init(
        configuration: GRPCServerConfiguration,
        router: GRPCRouter,
        interceptors: [any ServerInterceptor],
        logger: Logger
    ) {
        self.configuration = configuration
        self.router = router
        self.interceptors = interceptors
        self.logger = logger
        connections = ServerConnections(configuration)
    }
}

/// What a server keeps about a stream besides its ``CallStream``; used on the event loop.
final class ServerStream {
    let method: RPCMethod
    let context: ServerContext
    var task: Task<Void, Never>?

    init(method: RPCMethod, context: ServerContext) {
        self.method = method
        self.context = context
    }
}
