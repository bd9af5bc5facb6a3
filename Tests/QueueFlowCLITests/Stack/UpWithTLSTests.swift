import Foundation
import LocalServers
import TestSupport
import Testing

@testable import QueueFlowCLI

/// TLS at the gateway, with the real services behind it and foreign clients in front.
@Suite(.timeLimit(.minutes(3))) struct UpWithTLSTests {
    /// A worker that knows of the job-service nothing but the gateway's address runs the jobs that come in the same way.
    @Test func foreignClientsAndWorkersComeThroughTheGateway() async throws {
        let python = try Python()
        try await withStack(realServices: true) { stack in
            let up = try await stack.queueflow("up", "--tls", "--no-worker")
            #expect(up.status == 0, "\(up.output)")
            let address = "localhost:\(stack.ports[.gatewayTLS])"
            let authority = stack.kept.certificates.appending(path: "ca.crt").path
            #expect(up.output.contains("CONTROL_ADDRESS=https://\(address)") && up.output.contains(authority))

            let credentials = try #require(try Credentials.known(in: stack.kept.credentials))
            var environment = LaunchCommand.minimalEnvironment
            environment["CONTROL_ADDRESS"] = "https://\(address)"
            environment["CONTROL_CA_FILE"] = authority
            environment["WORKER_TOKEN"] = credentials[.workerToken]
            environment["KAFKA_BROKERS"] = "127.0.0.1:\(stack.ports[.broker])"
            environment["KAFKA_PROPERTIES"] = DevBrokerProperties.worker
            environment["GRPC_PORT"] = "0"
            environment["METRICS_PORT"] = "0"
            let log = stack.directory.appending(path: "own-worker.log")
            let worker = try await LeashedProcess.start(
                LaunchCommand(
                    executable: StackUnderTest.products.appending(path: "worker").path,
                    environment: environment
                ),
                log: log
            )
            let (output, code) = try await python.run(
                "gateway_client.py",
                [
                    address, authority, credentials[.adminUsername], credentials[.adminPassword],
                    credentials[.workerToken],
                ]
            )
            #expect(code == 0, "\(output)\n\(LogTail.read(log))")
            #expect(output.split(separator: "\n").filter { $0.hasPrefix("ok ") }.count == 5, "\(output)")
            await worker.release()

            let plain = try await stack.queueflow("up", "--no-first-job")
            #expect(plain.output.contains("Kept from an earlier `up`: --no-worker, --tls."), "\(plain.output)")
            #expect(!plain.output.contains("starting"), "a certificate that is there is kept: \(plain.output)")
            let without = try await stack.queueflow("up", "--no-first-job", "--no-tls")
            #expect(without.status == 0 && !without.output.contains("https://"), "\(without.output)")
            #expect(FreePort.state(of: stack.ports[.gatewayTLS]) != .listening)
        }
    }

    @Test func aCertificateThatIsGivenIsUsedAndOneThatIsNotThereIsSaid() async throws {
        try await withStack { stack in
            let given = ["TLS_CERTIFICATE": "/nowhere/chain.pem", "TLS_KEY": "/nowhere/key.pem"]
            let wrong = try await stack.queueflow("up", "--no-first-job", "--tls", with: given)
            #expect(
                wrong.status != 0 && wrong.output.contains("TLS_CERTIFICATE is '/nowhere/chain.pem'"),
                "\(wrong.output)"
            )
            let half = try await stack.queueflow("up", "--tls", with: ["TLS_CERTIFICATE": "/etc/hostname"])
            #expect(half.status != 0 && half.output.contains("TLS_KEY is ''"), "\(half.output)")
            #expect(stack.process(.nginx) == nil)

            let made = try await stack.queueflow("up", "--no-first-job", "--tls")
            #expect(made.status == 0, "\(made.output)")
            let files = ["TLS_CERTIFICATE": "gateway.crt", "TLS_KEY": "gateway.key"].mapValues {
                stack.directory.appending(path: "given-\($0)").path
            }
            for (name, path) in files {
                let file = name == "TLS_KEY" ? "gateway.key" : "gateway.crt"
                try FileManager.default.copyItem(
                    atPath: stack.kept.certificates.appending(path: file).path,
                    toPath: path
                )
            }
            let own = try await stack.queueflow("up", "--no-first-job", with: files)
            #expect(own.status == 0 && own.output.contains("nginx        stopping"), "\(own.output)")
            #expect(own.output.contains("given-gateway.crt") && !own.output.contains("ca.crt"), "\(own.output)")
        }
    }
}
