import GRPC
import JobStore
import Logging

extension ControlPlane {
    /// What the call that the task serves was let in by.
    @TaskLocal static var caller: Caller?

    /// What anybody may call: generic tools and load balancers ask these without credentials.
    private static let open: Set<String> = [
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
    ]

    /// Lets only workers call, by `authorization: Bearer` or `x-api-key` metadata.
    static func authentication(_ authentication: Authentication, logger: Logger) -> some ServerInterceptor {
        AuthenticationInterceptor(exempt: open) { context in
            try await caller(of: context, authentication, logger)
        } bind: { caller, next in
            try await $caller.withValue(caller, operation: next)
        }
    }

    private static func caller(
        of context: ServerContext,
        _ authentication: Authentication,
        _ logger: Logger
    ) async throws -> Caller {
        guard let text = context.metadata.credential else { throw GRPCError.workerCredentialRequired }
        let caller: Caller?
        do {
            caller = try await authentication.caller(ofControl: text)
        } catch {
            logger.warning("a worker's credential cannot be checked", metadata: ["error": "\(error)"])
            throw GRPCError(code: .unavailable, message: "the credential cannot be checked now; try again")
        }
        guard let caller else {
            logger.warning("a worker's credential was refused", metadata: ["peer": "\(context.peer.address)"])
            throw GRPCError.workerCredentialInvalid
        }
        guard caller.principal.role == .worker else {
            throw GRPCError(
                code: .permissionDenied,
                message:
                    "the control plane is for the role WORKER; the credential has \(caller.principal.role.rawValue)"
            )
        }
        try caller.check(by: authentication.revocations)
        return caller
    }
}

extension Caller {
    /// Checks that it may have a worker's session now.
    func check(by revocations: RevocationList) throws(GRPCError) {
        guard isProved(by: revocations) else { throw GRPCError.workerCredentialInvalid }
        guard !isClosed(by: revocations) else { throw GRPCError.tenantSuspended }
    }
}

extension Metadata {
    /// The bearer token or the API key.
    fileprivate var credential: String? {
        guard let header = self["authorization"] else { return self["x-api-key"] }
        let parts = header.split(separator: " ", maxSplits: 1)
        return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : nil
    }
}

extension GRPCError {
    static let workerCredentialRequired = GRPCError(
        code: .unauthenticated,
        message: "a credential of role WORKER is required: authorization metadata with a bearer token, or x-api-key"
    )
    static let tenantSuspended = GRPCError(
        code: .permissionDenied,
        message: "the credential's tenant is suspended; an administrator can resume it"
    )
    static let workerCredentialInvalid = GRPCError(
        code: .unauthenticated,
        message: "the credential is expired, revoked or none of this installation"
    )
}
