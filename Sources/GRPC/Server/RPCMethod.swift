import NIOCore

/// A registered method: when its handler starts, and what it does.
struct RPCMethod: Sendable {
    /// Handles a call; the last message to send with its status, if the method answers with exactly one.
    typealias Body = @Sendable (ServerContext) async throws -> ByteBuffer?

    /// When the handler starts.
    enum Start { case atOnce, afterRequest }

    let descriptor: MethodDescriptor
    let start: Start
    let body: Body

    /// Runs the handler within `interceptors`, the first one outermost, and ends the call with its outcome.
    func run(_ context: ServerContext, interceptors: [any ServerInterceptor]) async {
        do {
            let last: ByteBuffer?
            if interceptors.isEmpty {
                last = try await body(context)
            } else {
                try await intercepted(context, by: interceptors[...])
                last = context.lastFrame
            }
            let trailers = context.trailingMetadata
            if let invalid = trailers.invalidEntry() { throw GRPCError(code: .internal, message: invalid) }
            context.call.finish(.trailers(.ok, trailers), after: last)
        } catch {
            let reported = GRPCError.reported(for: error)
            var trailers = context.trailingMetadata
            trailers.add(contentsOf: reported.metadata)
            context.call.finish(.trailers(reported.status, trailers.invalidEntry() == nil ? trailers : [:]))
        }
    }

    private func intercepted(_ context: ServerContext, by interceptors: ArraySlice<any ServerInterceptor>) async throws
    {
        guard let first = interceptors.first else {
            context.lastFrame = try await body(context)
            return
        }
        try await first.intercept(context: context) { try await intercepted(context, by: interceptors.dropFirst()) }
    }
}
