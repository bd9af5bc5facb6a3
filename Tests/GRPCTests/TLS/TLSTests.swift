import GRPC
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct TLSTests {
    /// Keeps what callers proved to be.
    private struct Identities: ServerInterceptor {
        let note: @Sendable (TLSIdentity?) -> Void

        func intercept(context: ServerContext, next: @Sendable () async throws -> Void) async throws {
            note(context.peer.identity)
            try await next()
        }
    }

    /// Makes a call; how the server saw the caller.
    private func identity(
        server: ServerTLS,
        client: ClientTLS?,
        host: String = "localhost"
    ) async throws -> TLSIdentity? {
        let seen = Mutex<TLSIdentity?>(nil)
        let interceptor = Identities { identity in seen.withLock { $0 = identity } }
        try await withServer([ProbeService()], interceptors: [interceptor]) {
            $0.tls = server
        } _: { address in
            try await withClient(GRPCAddress(host: host, port: address.port)) {
                $0.tls = client
                $0.connectTimeout = .seconds(5)
            } _: { client in
                _ = try await client.unary(ProbeService.echo, ProbeService.message(1), as: ProbeService.Message.self)
            }
        }
        return seen.withLock { $0 }
    }

    private func expectNoConnection(server: ServerTLS, client: ClientTLS?, host: String = "localhost") async {
        let error = await #expect(throws: GRPCError.self) {
            try await identity(server: server, client: client, host: host)
        }
        #expect(error?.code == .unavailable)
    }

    @Test func theClientsIdentityReachesInterceptors() async throws {
        let certificates = try Certificates()
        let seen = try await identity(server: certificates.mutualTLS(), client: certificates.identifiedTLS())
        let identity = try #require(seen)
        #expect(identity.commonName == "worker-7")
        #expect(identity.dnsNames == ["worker.test"])
        #expect(identity.uris == ["spiffe://test/worker"])
        #expect(!identity.certificate.isEmpty)
    }

    @Test func aClientWithoutACertificateIsTurnedAwayWhereOneIsRequired() async throws {
        let certificates = try Certificates()
        await expectNoConnection(server: certificates.mutualTLS(), client: certificates.clientTLS())
    }

    @Test func aClientWithoutACertificateIsNobodyWhereOneIsOptional() async throws {
        let certificates = try Certificates()
        var server = certificates.serverTLS()
        server.clientCertificates = .optional(roots: .file(certificates.path("ca.pem")))
        let anonymous = try await identity(server: server, client: certificates.clientTLS())
        #expect(anonymous == nil)
        let known = try await identity(server: server, client: certificates.identifiedTLS())
        #expect(known?.commonName == "worker-7")
    }

    @Test func aCertificateOfAnotherAuthorityIsTurnedAway() async throws {
        let (ours, theirs) = (try Certificates(), try Certificates())
        await expectNoConnection(server: ours.serverTLS(), client: theirs.clientTLS())
        var stranger = ours.clientTLS()
        stranger.identity = theirs.identifiedTLS().identity
        await expectNoConnection(server: ours.mutualTLS(), client: stranger)
    }

    @Test func aCertificateForAnotherNameIsTurnedAway() async throws {
        let certificates = try Certificates()
        try certificates.issue("server", commonName: "other", names: "DNS:other.test")
        await expectNoConnection(server: certificates.serverTLS(), client: certificates.clientTLS())
        var named = certificates.clientTLS()
        named.serverName = "other.test"
        _ = try await identity(server: certificates.serverTLS(), client: named)
    }

    @Test func addressesAreCheckedAgainstCertificatesToo() async throws {
        let certificates = try Certificates()
        _ = try await identity(server: certificates.serverTLS(), client: certificates.clientTLS(), host: "127.0.0.1")
    }

    @Test func plainTextIsNotSpokenWhereTLSIs() async throws {
        let certificates = try Certificates()
        try await withServer([ProbeService()]) {
            $0.tls = certificates.serverTLS()
        } _: { address in
            let connection = try await RawConnection(address)
            #expect(await connection.closeCode() == nil)
        }
    }

    @Test func newCertificatesAreTakenUpWithoutARestart() async throws {
        let (old, new) = (try Certificates(), try Certificates())
        var configuration = GRPCServerConfiguration(host: "127.0.0.1", port: 0)
        configuration.tls = old.serverTLS()
        let server = try GRPCServer(configuration: configuration, services: [ProbeService()], logger: .quiet("server"))
        let (oldTrust, newTrust) = (old.clientTLS(), new.clientTLS())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            let address = GRPCAddress(host: "localhost", port: try await server.listeningAddress.port)
            let echo: @Sendable (GRPCClient) async throws -> Void = { client in
                _ = try await client.unary(ProbeService.echo, ProbeService.message(1), as: ProbeService.Message.self)
            }
            try old.write("rubbish", to: "server.pem")
            await #expect(throws: TLSError.self) { try await server.reloadCertificates() }
            try await withClient(address, configure: { $0.tls = oldTrust }) { client in
                try await echo(client)
                try old.take(["server.pem", "server.key"], from: new)
                try await server.reloadCertificates()
                // What is open stays open.
                try await echo(client)
                try await withClient(address, configure: { $0.tls = newTrust }) { try await echo($0) }
            }
        }
    }

    @Test func certificatesThatCannotBeUsedAreRefusedAtTheStart() throws {
        let certificates = try Certificates()
        var tls = certificates.serverTLS()
        tls.certificateChain = .file(certificates.path("none.pem"))
        let missing = #expect(throws: TLSError.self) {
            try GRPCServer(configuration: GRPCServerConfiguration(port: 0, tls: tls), services: [])
        }
        #expect(missing?.description.contains("none.pem") == true)
        tls.certificateChain = .text("no certificate")
        #expect(throws: TLSError.self) {
            try GRPCServer(configuration: GRPCServerConfiguration(port: 0, tls: tls), services: [])
        }
    }
}
