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
