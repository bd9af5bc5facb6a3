import Foundation
import LocalServers
import TestSupport

@testable import QueueFlowCLI

/// nginx with all of the repository's configuration, TLS too, in front of a port.
///
/// Other waiting times than the shipped ones would only make tests slow.
struct GatewayUnderTest {
    /// Where it listens.
    let port: Int
    /// Where it listens with TLS.
    let tlsPort: Int

    /// Runs nginx for as long as the body runs.
    static func run(before service: Int, _ body: (GatewayUnderTest) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gateway-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "temp"), withIntermediateDirectories: true)
        let gateway = GatewayUnderTest(port: try FreePort.find(), tlsPort: try FreePort.find())
        try makeCertificate(in: folder)
        let values = [
            "GATEWAY_LISTEN": "127.0.0.1:\(gateway.port)", "GATEWAY_TLS_LISTEN": "127.0.0.1:\(gateway.tlsPort)",
            "JOB_SERVICE_ADDRESS": "127.0.0.1:\(service)", "CONTROL_ADDRESS": "127.0.0.1:\(service)",
            "MAINTENANCE_FILE": folder.appending(path: "maintenance").path,
            "TLS_CERTIFICATE": folder.appending(path: "gateway.crt").path,
            "TLS_KEY": folder.appending(path: "gateway.key").path,
        ]
        for name in ["queueflow.conf", "site.conf", "tls.conf"] {
            let template = repository.appending(path: "nginx/\(name).template")
            let text = try Template.fill(String(contentsOf: template, encoding: .utf8), with: values, named: name)
                .replacing("proxy_read_timeout 75s", with: "proxy_read_timeout 1s")
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        let main = try String(contentsOf: repository.appending(path: "nginx/local.conf"), encoding: .utf8)
        try main.write(to: folder.appending(path: "nginx.conf"), atomically: true, encoding: .utf8)
        let nginx = try await LeashedProcess.start(
            LaunchCommand(
                executable: try Executables.find("nginx", package: "nginx"),
                arguments: [
                    "-p", folder.path, "-c", "nginx.conf", "-e", "stderr", "-g",
                    geteuid() == 0 ? "daemon off; user root;" : "daemon off;",
                ],
                environment: LaunchCommand.minimalEnvironment,
                workingDirectory: folder
            ),
            log: folder.appending(path: "nginx.log"),
            lastSignal: "TERM",
            removing: folder
        )
        do {
            try await gateway.waitUntilItListens(nginx, log: folder.appending(path: "nginx.log"))
            try await body(gateway)
        } catch {
            await nginx.release()
            throw error
        }
        await nginx.release()
    }

    private static let repository = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func makeCertificate(in folder: URL) throws {
        let script = Process()
        script.executableURL = repository.appending(path: "nginx/certificate")
        script.arguments = [folder.path]
        script.standardOutput = FileHandle.nullDevice
        try script.run()
        script.waitUntilExit()
        guard script.terminationStatus == 0 else { throw TestError("nginx/certificate failed") }
    }

    private func waitUntilItListens(_ nginx: LeashedProcess, log: URL) async throws {
        while true {
            if (try? await WireConnection.exchange(port: port) { _ in }) != nil { return }
            guard await nginx.waitForExit(within: .milliseconds(20)) == nil else {
                throw TestError("nginx does not start:\n\(LogTail.read(log))")
            }
        }
    }
}
