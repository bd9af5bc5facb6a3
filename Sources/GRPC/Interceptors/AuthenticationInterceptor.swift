/// Lets only those calls through that a check approves of.
///
/// The check sees the call's metadata and the peer's TLS identity, and throws ``GRPCError`` with `unauthenticated` or `permissionDenied` to
/// refuse. `bind` hands what it returns to the handler.
public struct AuthenticationInterceptor<Principal: Sendable>: ServerInterceptor {
    private let check: @Sendable (ServerContext) async throws -> Principal
    private let exempt: Set<String>
    private let bind: @Sendable (Principal, () async throws -> Void) async throws -> Void

    /// Refuses calls unless `check` returns.
    /// - Parameters:
    ///   - exempt: full names of services that anyone may call; by default health, which balancers ask without credentials.
    ///   - check: who calls; throws to refuse the call.
    ///   - bind: runs the call with the principal at hand, for example as a task-local value.
    public init(
        exempt: Set<String> = ["grpc.health.v1.Health"],
        check: @escaping @Sendable (ServerContext) async throws -> Principal,
        bind: @escaping @Sendable (Principal, () async throws -> Void) async throws -> Void
    ) {
        self.exempt = exempt
        self.check = check
        self.bind = bind
    }

    /// Lets a call through once its caller is known.
    public func intercept(context: ServerContext, next: @Sendable () async throws -> Void) async throws {
        if exempt.contains(context.descriptor.service) { return try await next() }
        try await bind(try await check(context), next)
    }
}

extension AuthenticationInterceptor where Principal == Void {
    /// Refuses calls unless `check` returns.
    /// - Parameters:
    ///   - exempt: full names of services that anyone may call; by default health, which balancers ask without credentials.
    ///   - check: throws to refuse the call.
    public init(
        exempt: Set<String> = ["grpc.health.v1.Health"],
        check: @escaping @Sendable (ServerContext) async throws -> Void
    ) {
        self.init(exempt: exempt, check: check, bind: { _, next in try await next() })
    }
}

/// Sends a token along with every call of a client, as `authorization: Bearer` metadata.
public struct BearerTokenInterceptor: ClientInterceptor {
    private let token: @Sendable () async throws -> String

    /// Sends what `token` returns, which is asked anew for every call.
    public init(token: @escaping @Sendable () async throws -> String) { self.token = token }

    /// Adds the token to a call.
    public func intercept<Result: Sendable>(
        request: ClientRequest,
        next: @Sendable (ClientRequest) async throws -> Result
    ) async throws -> Result {
        var request = request
        request.options.metadata["authorization"] = "Bearer \(try await token())"
        return try await next(request)
    }
}
