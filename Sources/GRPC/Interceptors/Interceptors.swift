/// Stands around every call of a ``GRPCClient``: for authentication, metrics, tracing, logging.
public protocol ClientInterceptor: Sendable {
    /// Makes a call by calling `next`, with other options or metadata if need be, or refuses it by throwing.
    ///
    /// A call that is tried several times passes the interceptors once.
    /// - Parameters:
    ///   - request: the method, and the options with the metadata.
    ///   - next: the further interceptors and the call itself. Call it at most once.
    func intercept<Result: Sendable>(
        request: ClientRequest,
        next: @Sendable (ClientRequest) async throws -> Result
    ) async throws -> Result
}

/// A call that a client is about to make.
public struct ClientRequest: Sendable {
    /// The method that is called.
    public let descriptor: MethodDescriptor

    /// The call's options, its metadata included.
    public var options: CallOptions
}

/// Stands around every call of a ``GRPCServer``: for authentication, metrics, tracing, logging.
public protocol ServerInterceptor: Sendable {
    /// Handles a call by calling `next`, or refuses it by throwing ``GRPCError``.
    ///
    /// What `next` throws is how the call failed; throw it on, or another error in its place. Task-local values bound around `next`
    /// reach the handler.
    /// - Parameters:
    ///   - context: the call.
    ///   - next: the further interceptors and the handler. Call it at most once.
    func intercept(context: ServerContext, next: @Sendable () async throws -> Void) async throws
}
