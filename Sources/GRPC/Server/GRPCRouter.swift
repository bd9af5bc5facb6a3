public import SwiftProtobuf

/// The methods of a server, by name.
///
/// A method registered twice is answered by the later registration.
public struct GRPCRouter: Sendable {
    private var methods: [String: RPCMethod] = [:]

    /// No methods.
    public init() {}

    /// The full names of all services that have a method.
    public private(set) var services: Set<String> = []

    /// All methods, in alphabetical order.
    public var descriptors: [MethodDescriptor] { methods.values.map(\.descriptor).sorted { $0.path < $1.path } }

    func method(path: String) -> RPCMethod? { methods[path] }

    /// Registers a method that takes one message and answers with one.
    public mutating func unary<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ request: Request.Type,
        _ response: Response.Type,
        handler: @escaping @Sendable (_ request: Request, _ context: ServerContext) async throws -> Response
    ) {
        add(descriptor, start: .afterRequest) { context in
            let request = try await Self.onlyMessage(of: context, as: Request.self)
            let response = try await handler(request, context)
            return try FramedMessage.encode(response, compression: context.responseCompression)
        }
    }

    /// Registers a method that takes many messages and answers with one.
    public mutating func clientStreaming<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ request: Request.Type,
        _ response: Response.Type,
        handler:
            @escaping @Sendable (_ requests: GRPCMessageStream<Request>, _ context: ServerContext) async throws ->
            Response
    ) {
        add(descriptor, start: .atOnce) { context in
            let response = try await handler(GRPCMessageStream(call: context.call), context)
            return try FramedMessage.encode(response, compression: context.responseCompression)
        }
    }

    /// Registers a method that takes one message and answers with many.
    public mutating func serverStreaming<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ request: Request.Type,
        _ response: Response.Type,
        handler:
            @escaping @Sendable (
                _ request: Request, _ responses: GRPCWriter<Response>, _ context: ServerContext
            ) async throws -> Void
    ) {
        add(descriptor, start: .afterRequest) { context in
            let request = try await Self.onlyMessage(of: context, as: Request.self)
            try await handler(request, GRPCWriter(call: context.call), context)
            return nil
        }
    }

    /// Registers a method that takes many messages and answers with many, in any order.
    public mutating func bidirectional<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ request: Request.Type,
        _ response: Response.Type,
        handler:
            @escaping @Sendable (
                _ requests: GRPCMessageStream<Request>, _ responses: GRPCWriter<Response>, _ context: ServerContext
            ) async throws -> Void
    ) {
        add(descriptor, start: .atOnce) { context in
            try await handler(GRPCMessageStream(call: context.call), GRPCWriter(call: context.call), context)
            return nil
        }
    }

    private mutating func add(_ descriptor: MethodDescriptor, start: RPCMethod.Start, body: @escaping RPCMethod.Body) {
        services.insert(descriptor.service)
        methods[descriptor.path] = RPCMethod(descriptor: descriptor, start: start, body: body)
    }

    private static func onlyMessage<M: Message>(of context: ServerContext, as type: M.Type) async throws -> M {
        guard var frame = try await context.call.nextFrame(),
            let message = try context.call.decoder.next(from: &frame, as: type)
        else {
            throw GRPCError(code: .internal, message: "The call ended without its request message.")
        }
        guard try await context.call.nextFrame() == nil else {
            throw GRPCError(
                code: .internal,
                message: "More than one request message was sent to a method that takes one."
            )
        }
        return message.message
    }
}

/// A set of methods that a ``GRPCServer`` answers.
public protocol GRPCService: Sendable {
    /// Registers the service's methods.
    func register(in router: inout GRPCRouter)
}
