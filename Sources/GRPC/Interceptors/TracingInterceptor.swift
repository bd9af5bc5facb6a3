import Instrumentation
import ServiceContextModule
import Tracing

/// Makes a span of each call through swift-distributed-tracing, on a server or a client, and carries the trace from one to the other in
/// metadata.
///
/// Span names and attributes follow OpenTelemetry's semantic conventions for RPC.
public struct TracingInterceptor: ServerInterceptor, ClientInterceptor {
    /// An interceptor that uses the tracer in force.
    public init() {}

    /// Runs a call in a span of its own.
    public func intercept(context: ServerContext, next: @Sendable () async throws -> Void) async throws {
        var trace = ServiceContext.current ?? .topLevel
        InstrumentationSystem.instrument.extract(context.metadata, into: &trace, using: MetadataCarrier())
        try await Self.trace(context.descriptor, kind: .server, in: trace) { span in
            span.attributes["client.address"] = context.peer.address
            try await next()
        }
    }

    /// Runs a call in a span of its own.
    public func intercept<Result: Sendable>(
        request: ClientRequest,
        next: @Sendable (ClientRequest) async throws -> Result
    ) async throws -> Result {
        try await Self.trace(request.descriptor, kind: .client, in: ServiceContext.current ?? .topLevel) { span in
            var request = request
            InstrumentationSystem.instrument.inject(
                span.context,
                into: &request.options.metadata,
                using: MetadataCarrier()
            )
            return try await next(request)
        }
    }

    private static func trace<R>(
        _ descriptor: MethodDescriptor,
        kind: SpanKind,
        in context: ServiceContext,
        _ body: (any Span) async throws -> R
    ) async throws -> R {
        try await withSpan(descriptor.fullyQualified, context: context, ofKind: kind) { span in
            span.attributes["rpc.system.name"] = "grpc"
            span.attributes["rpc.method"] = descriptor.fullyQualified
            do {
                let result = try await body(span)
                span.attributes["rpc.response.status_code"] = "OK"
                return result
            } catch {
                let code = GRPCError.reported(for: error).code.description
                span.attributes["rpc.response.status_code"] = code
                span.attributes["error.type"] = code
                throw error
            }
        }
    }
}

/// Lets a tracer read and write metadata.
private struct MetadataCarrier: Extractor, Injector {
    func extract(key: String, from carrier: Metadata) -> String? { carrier[key] }

    func inject(_ value: String, forKey key: String, into carrier: inout Metadata) { carrier[key] = value }
}
