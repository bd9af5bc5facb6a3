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
