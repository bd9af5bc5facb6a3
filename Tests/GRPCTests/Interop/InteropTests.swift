import GRPC
import TestSupport
import Testing

/// Our server and our client, each with Python's grpcio at the other end, and with each other; in plain text and over TLS.
@Suite(.timeLimit(.minutes(1))) struct InteropTests {
    @Test(arguments: [false, true]) func pythonClientPassesEveryCase(tls: Bool) async throws {
        let python = try Python()
        let certificates = try Certificates()
        let serverTLS = tls ? certificates.serverTLS() : nil
        let options = tls ? ["--ca", certificates.path("ca.pem"), "--override", "localhost"] : []
        try await withServer([TestService()]) {
            $0.tls = serverTLS
        } _: { address in
            let (output, code) = try await python.run("interop_client.py", [address.description] + options)
            #expect(code == 0, "\(output)")
            #expect(output.split(separator: "\n").filter { $0.hasPrefix("ok ") }.count == 20, "\(output)")
        }
    }

    @Test(arguments: [false, true]) func everyCasePassesAgainstPythonServer(tls: Bool) async throws {
        let python = try Python()
        let certificates = try Certificates()
        let clientTLS = tls ? certificates.clientTLS() : nil
        let options = tls ? ["--cert", certificates.path("server.pem"), "--key", certificates.path("server.key")] : []
        try await python.with("interop_server.py", options) { line in
            let address = GRPCAddress(host: "localhost", port: try #require(Int(line)))
            try await runAllCases(address, tls: clientTLS)
        }
    }

    @Test(arguments: [false, true]) func everyCasePassesAgainstOurServer(tls: Bool) async throws {
        let certificates = try Certificates()
        let serverTLS = tls ? certificates.serverTLS() : nil
        let clientTLS = tls ? certificates.clientTLS() : nil
        try await withServer([TestService()]) {
            $0.tls = serverTLS
        } _: { address in
            try await runAllCases(GRPCAddress(host: "localhost", port: address.port), tls: clientTLS)
        }
    }

    @Test func pythonClientsSeeHealthAndReflection() async throws {
        let python = try Python()
        let health = HealthService()
        health.setStatus(.serving, forService: TestService.name)
        let reflection = try ReflectionService(services: [TestService.name], base64: [TestDescriptors.base64])
        try await withServer([TestService(), health, reflection]) { address in
            let (output, code) = try await python.run("services_client.py", [address.description, TestService.name])
            #expect(code == 0, "\(output)")
            #expect(output.split(separator: "\n").filter { $0.hasPrefix("ok ") }.count == 4, "\(output)")
        }
    }

    private func runAllCases(_ address: GRPCAddress, tls: ClientTLS?) async throws {
        try await withClient(address) {
            $0.tls = tls
        } _: { client in
            for (name, run) in InteropCases.all {
                do { try await run(InteropCases(client: client)) } catch { Issue.record("\(name): \(error)") }
            }
        }
    }
}
