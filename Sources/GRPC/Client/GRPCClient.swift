import Concurrency
public import Logging
import NIOCore
public import ServiceLifecycle
public import SwiftProtobuf

/// A gRPC client: keeps connections to its servers up and makes calls on them.
///
/// Calls may be made from any task while ``run()`` runs; those made before wait for it. On a graceful shutdown further calls fail with
/// `UNAVAILABLE`, and open ones may go on for ``GRPCClientConfiguration/drainTimeout``.
public final class GRPCClient: Service {
    private let configuration: GRPCClientConfiguration
    private let connectionConfiguration: ConnectionConfiguration
    private let interceptors: [any ClientInterceptor]
    private let logger: Logger
    private let balancer: Balancer
    private let targets: [ClientTarget]
    private let tls: TLSContextSource?
    private let connections = ClientConnections()

    /// Prepares a client; it connects once ``run()`` is called.
    /// - Parameters:
    ///   - configuration: which servers, and limits.
    ///   - interceptors: what stands around every call, the first one outermost.
    ///   - logger: for events of the client itself.
    /// - Throws: ``GRPCError`` with `invalidArgument` if an address is not `host:port`; ``TLSError`` if certificates cannot be used. Reads
    ///   certificate files.
    public init(
        configuration: GRPCClientConfiguration,
        interceptors: [any ClientInterceptor] = [],
        logger: Logger = Logger(label: "grpc.client")
    ) throws {
        self.configuration = configuration
        self.connectionConfiguration = configuration.connection
        self.interceptors = interceptors
        self.logger = logger
        targets = try Self.targets(configuration)
        balancer = Balancer(count: targets.count, budget: RetryBudget(policy: configuration.retry))
        tls = try configuration.tls.map(TLSContextSource.init)
    }

    /// Keeps connections up until the surrounding task is cancelled, which ends all calls at once, or a graceful shutdown is triggered.
    public func run() async throws {
        let stop = AsyncStream.makeStream(of: Void.self)
        await withTaskGroup { group in
            for (index, target) in targets.enumerated() {
                let subchannel = Subchannel(
                    index: index,
                    target: target,
                    configuration: configuration,
                    tls: tls,
                    balancer: balancer,
                    connections: connections,
                    logger: logger
                )
                group.addTask { await subchannel.run() }
            }
            if let tls { group.addTask { [logger] in await tls.keepReloading(logger: logger) } }
            await withTaskCancellationOrGracefulShutdownHandler {
                for await _ in stop.stream {}
            } onCancelOrGracefulShutdown: {
                stop.continuation.finish()
            }
            balancer.close(GRPCError(code: .unavailable, message: "The client has been shut down."))
            group.cancelAll()
        }
        await drain()
    }

    /// Makes a call with one message each way.
    /// - Throws: ``GRPCError`` with the call's status unless that is `OK`; `CancellationError` if the task is cancelled.
    public func unary<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ request: Request,
        as response: Response.Type,
        options: CallOptions = CallOptions()
    ) async throws -> Response {
        try await unaryResponse(descriptor, request, as: response, options: options).message
    }

    /// Makes a call with one message each way, and returns the metadata along with the answer.
    /// - Throws: as ``unary(_:_:as:options:)``.
    public func unaryResponse<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ request: Request,
        as response: Response.Type,
        options: CallOptions = CallOptions(),
        compress: Bool = true
    ) async throws -> ClientResponse<Response> {
        try await intercepted(descriptor, options) { call in
            let frame = try FramedMessage.encode(request, compression: compress ? call.options.compression : .identity)
            call.stream.finish(.halfClose, after: frame)
            self.balancer.submit(call)
            return try await Self.onlyMessage(of: call, as: response)
        }
    }

    /// Makes a call that sends many messages and is answered with one.
    /// - Parameters:
    ///   - descriptor: the method.
    ///   - request: the type of the messages sent.
    ///   - response: the type of the answer.
    ///   - options: the call's options.
    ///   - body: writes the messages; the stream ends when it returns, and the call is cancelled if it throws.
    /// - Throws: what `body` throws; else as ``unary(_:_:as:options:)``.
    public func clientStreaming<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ request: Request.Type,
        as response: Response.Type,
        options: CallOptions = CallOptions(),
        _ body: @escaping @Sendable (_ requests: GRPCWriter<Request>) async throws -> Void
    ) async throws -> Response {
        try await intercepted(descriptor, options) { call in
            self.balancer.submit(call)
            do {
                try await body(GRPCWriter(call: call.stream))
            } catch let error as GRPCError where error.isEndedByServer {
                // The answer came before the end of the requests, and counts.
            }
            call.stream.finish(.halfClose)
            return try await Self.onlyMessage(of: call, as: response).message
        }
    }

    /// Makes a call that sends one message and is answered with many.
    /// - Parameters:
    ///   - descriptor: the method.
    ///   - request: the message to send.
    ///   - response: the type of the answers.
    ///   - options: the call's options.
    ///   - body: reads the answers. If it returns before their end, the call is cancelled.
    /// - Throws: what `body` throws, such as the call's status from reading.
    public func serverStreaming<Request: Message, Response: Message, Result: Sendable>(
        _ descriptor: MethodDescriptor,
        _ request: Request,
        as response: Response.Type,
        options: CallOptions = CallOptions(),
        _ body: @escaping @Sendable (_ responses: GRPCMessageStream<Response>) async throws -> Result
    ) async throws -> Result {
        try await intercepted(descriptor, options) { call in
            let frame = try FramedMessage.encode(request, compression: call.options.compression)
            call.stream.finish(.halfClose, after: frame)
            self.balancer.submit(call)
            return try await body(GRPCMessageStream(call: call.stream))
        }
    }

    /// Makes a call that sends many messages and is answered with many.
    /// - Parameters:
    ///   - descriptor: the method.
    ///   - request: the type of the messages sent.
    ///   - response: the type of the answers.
    ///   - options: the call's options.
    ///   - body: writes and reads; end the requests by ``GRPCWriter/finish()``. When it returns, the call is over: if the answers were
    ///     not read to their end, it is cancelled.
    /// - Throws: what `body` throws, such as the call's status from reading.
    public func bidirectional<Request: Message, Response: Message, Result: Sendable>(
        _ descriptor: MethodDescriptor,
        _ request: Request.Type,
        _ response: Response.Type,
        options: CallOptions = CallOptions(),
        _ body:
            @escaping @Sendable (
                _ requests: GRPCWriter<Request>, _ responses: GRPCMessageStream<Response>
            ) async throws -> Result
    ) async throws -> Result {
        try await intercepted(descriptor, options) { call in
            self.balancer.submit(call)
            return try await body(GRPCWriter(call: call.stream), GRPCMessageStream(call: call.stream))
        }
    }

    // MARK: -

    private func intercepted<Result: Sendable>(
        _ descriptor: MethodDescriptor,
        _ options: CallOptions,
        body: @escaping @Sendable (ClientCall) async throws -> Result
    ) async throws -> Result {
        let request = ClientRequest(descriptor: descriptor, options: options)
        return try await intercepted(request, by: interceptors[...], body: body)
    }

    private func intercepted<Result: Sendable>(
        _ request: ClientRequest,
        by interceptors: ArraySlice<any ClientInterceptor>,
        body: @escaping @Sendable (ClientCall) async throws -> Result
    ) async throws -> Result {
        guard let first = interceptors.first else { return try await perform(request, body) }
        return try await first.intercept(request: request) { request in
            try await self.intercepted(request, by: interceptors.dropFirst(), body: body)
        }
    }

    /// Makes the call; whatever is left of it when `body` ends is cancelled.
    private func perform<Result: Sendable>(
        _ request: ClientRequest,
        _ body: @Sendable (ClientCall) async throws -> Result
    ) async throws -> Result {
        if let invalid = request.options.metadata.invalidEntry() { throw GRPCError(code: .internal, message: invalid) }
        let call = ClientCall(
            descriptor: request.descriptor,
            options: request.options,
            configuration: connectionConfiguration,
            retry: configuration.retry,
            balancer: balancer
        )
        defer { call.cancel(GRPCError(code: .cancelled, message: "The caller has left the call.")) }
        return try await body(call)
    }

    private static func onlyMessage<M: Message>(of call: ClientCall, as type: M.Type) async throws -> ClientResponse<M>
    {
        let end = try await call.stream.end()
        if case .failed(let error) = end { throw error }
        guard case .finished(let trailers) = end, var frame = try await call.stream.nextFrame(),
            let message = try call.stream.decoder.next(from: &frame, as: type)
        else {
            throw GRPCError(code: .internal, message: "The server ended the call without an answer.")
        }
        guard try await call.stream.nextFrame() == nil else {
            throw GRPCError(code: .internal, message: "The server sent more than one answer to a call that takes one.")
        }
        return ClientResponse(
            message: message.message,
            initialMetadata: try await call.stream.initialMetadata(),
            trailingMetadata: trailers,
            wasCompressed: message.wasCompressed
        )
    }

    private func drain() async {
        let timeout = Task.isCancelled ? .zero : configuration.drainTimeout
        _ = await withTimeLimit(timeout) { [connections] in await connections.live.waitUntilNone() }
        connections.closeAll()
        await Task { [connections] in await connections.live.waitUntilNone() }.value
    }

    private static func targets(_ configuration: GRPCClientConfiguration) throws -> [ClientTarget] {
        guard !configuration.addresses.isEmpty else {
            throw GRPCError(
                code: .invalidArgument,
                message: "A client needs at least one address, such as 'localhost:50051'."
            )
        }
        return try configuration.addresses.map { text in
            guard let address = GRPCAddress(text) else {
                throw GRPCError(
                    code: .invalidArgument,
                    message: "'\(text)' is no address; it must be of the form 'host:port'."
                )
            }
            return ClientTarget(
                address: address,
                authority: configuration.authority ?? text,
                userAgent: [configuration.userAgent, "grpc-swift-nghttp2/1.0"].compactMap(\.self).joined(
                    separator: " "
                ),
                usesTLS: configuration.tls != nil,
                pings: PingPace()
            )
        }
    }
}
