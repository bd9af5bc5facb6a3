import Foundation
import GRPC
import Logging
import SwiftProtobuf
import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore
@testable import Platform

/// Who is let in to the control plane.
@Suite(.timeLimit(.minutes(1)))
struct ControlAuthenticationTests {
    private static let workerToken = "0f5a3c9e7b1d2468ace013579bdf8642"

    private func authentication(_ platform: TestPlatform) async throws -> Authentication {
        Authentication(
            keys: await SigningKeys(secret: TestPlatform.secret),
            store: platform.stores.apiKeys,
            revocations: platform.revocations.list,
            workerToken: Self.workerToken
        )
    }

    private struct Echo: GRPCService {
        func register(in router: inout GRPCRouter) {
            let method = MethodDescriptor(service: WorkerControl.service, method: "Who")
            router.unary(method, ControlHello.self, ControlHello.self) { _, _ in
                guard let credential = ControlPlane.caller?.credential else {
                    throw GRPCError(code: .internal, message: "")
                }
                return .with { $0.name = "\(credential == .workerToken)" }
            }
        }
    }

    /// The status with which a call with some metadata ends; nil when it is answered.
    private func refusal(_ client: GRPCClient, _ metadata: Metadata) async throws -> GRPCStatus.Code? {
        do {
            let method = MethodDescriptor(service: WorkerControl.service, method: "Who")
            let options = CallOptions(timeout: .seconds(10), metadata: metadata, waitForReady: true)
            _ = try await client.unary(method, ControlHello(), as: ControlHello.self, options: options)
            return nil
        } catch let error as GRPCError {
            return error.code
        }
    }

    /// Checks how a call with some metadata ends.
    private func expect(
        _ code: GRPCStatus.Code?,
        _ client: GRPCClient,
        _ metadata: Metadata,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let actual = try await refusal(client, metadata)
        #expect(actual == code, sourceLocation: sourceLocation)
    }

    private func withServer(
        _ authentication: Authentication,
        _ body: (GRPCClient) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = try GRPCServer(
            configuration: GRPCServerConfiguration(host: "127.0.0.1", port: 0),
            services: [Echo()] + StandardServices.beside([WorkerControl.service]),
            interceptors: [ControlPlane.authentication(authentication, logger: logger)],
            logger: logger
        )
        let serving = Task { try await server.run() }
        let address = try await server.listeningAddress
        let client = try GRPCClient(
            configuration: GRPCClientConfiguration(addresses: ["\(address)"]),
            logger: logger
        )
        let running = Task { try await client.run() }
        defer {
            running.cancel()
            serving.cancel()
        }
        try await body(client)
    }

    @Test func onlyWorkersAreLetIn() async throws {
        let platform = try await TestPlatform.shared()
        let authentication = try await authentication(platform)
        let admin = AuditActor(Principal(subject: "root", tenant: .default, role: .admin))
        func key(_ role: Role) async throws -> (id: UUID, secret: String) {
            let new = NewAPIKey(tenant: .default, name: "w", role: role, scopes: nil, expiresAt: nil)
            let (key, secret) = try await platform.stores.apiKeys.create(new, by: admin)
            return (key.id, secret)
        }
        let (worker, user) = (try await key(.worker), try await key(.user))
        let token = try await authentication.tokens.issue(to: .sample(.worker, tenant: .default), session: UUID())
        let adminToken = try await authentication.tokens.issue(to: .sample(.admin, tenant: .default), session: UUID())
        try await withServer(authentication) { client in
            try await expect(nil, client, ["authorization": "Bearer \(Self.workerToken)"])
            try await expect(nil, client, ["x-api-key": .string(Self.workerToken)])
            try await expect(nil, client, ["authorization": "bearer \(worker.secret)"])
            try await expect(nil, client, ["x-api-key": .string(worker.secret)])
            try await expect(nil, client, ["authorization": "Bearer \(token)"])
            for nothing in [
                "Bearer", "Basic \(Self.workerToken)", "Bearer \(Self.workerToken)0", "Bearer qf_00",
            ] {
                try await expect(.unauthenticated, client, ["authorization": .string(nothing)])
            }
            try await expect(.unauthenticated, client, [:])
            try await expect(.permissionDenied, client, ["x-api-key": .string(user.secret)])
            try await expect(.permissionDenied, client, ["authorization": "Bearer \(adminToken)"])
            let isRevoked = try await platform.stores.apiKeys.revoke(worker.id, by: admin)
            #expect(isRevoked)
            platform.revocations.list.add([.key(worker.id)])
            try await expect(.unauthenticated, client, ["x-api-key": .string(worker.secret)])
        }
    }
}
