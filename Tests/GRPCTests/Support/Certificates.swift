import Foundation
import GRPC

/// A throw-away certificate authority with a server's and a client's certificate, in a folder of its own.
final class Certificates: Sendable {
    let folder: URL

    /// Makes the certificates with the `openssl` command.
    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "grpc-tests-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try run(
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
                + ["-keyout", path("ca.key"), "-out", path("ca.pem"), "-subj", "/CN=Test CA"]
        )
        try issue("server", commonName: "server", names: "DNS:localhost,IP:127.0.0.1")
        try issue("client", commonName: "worker-7", names: "DNS:worker.test,URI:spiffe://test/worker")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ file: String) -> String { folder.appending(path: file).path() }

    /// Makes the files `name.pem` and `name.key`, in place of those that are there.
    func issue(_ name: String, commonName: String, names: String) throws {
        try "subjectAltName=\(names)".write(toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
        try run(
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                path("\(name).key"),
            ]
                + ["-out", path("\(name).csr"), "-subj", "/CN=\(commonName)"]
        )
        try run(
            ["x509", "-req", "-in", path("\(name).csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key")]
                + ["-CAcreateserial", "-days", "2", "-extfile", path("\(name).ext"), "-out", path("\(name).pem")]
        )
    }

    /// Puts a text in place of a file.
    func write(_ text: String, to file: String) throws {
        try text.write(toFile: path(file), atomically: true, encoding: .utf8)
    }

    /// Puts the files of another authority in place of those of this one.
    func take(_ files: [String], from other: Certificates) throws {
        for file in files { try write(String(contentsOfFile: other.path(file), encoding: .utf8), to: file) }
    }

    private func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(description: "openssl \(arguments[0]) failed") }
    }

    struct Failed: Error, CustomStringConvertible { let description: String }
}

extension Certificates {
    /// A server that shows its certificate.
    func serverTLS() -> ServerTLS {
        ServerTLS(certificateChain: .file(path("server.pem")), privateKey: .file(path("server.key")))
    }

    /// A server that requires certificates of its clients.
    func mutualTLS() -> ServerTLS {
        var tls = serverTLS()
        tls.clientCertificates = .required(roots: .file(path("ca.pem")))
        return tls
    }

    /// A client that trusts the authority.
    func clientTLS() -> ClientTLS { ClientTLS(trustRoots: .file(path("ca.pem"))) }

    /// A client that has a certificate of its own.
    func identifiedTLS() -> ClientTLS {
        ClientTLS(
            trustRoots: .file(path("ca.pem")),
            identity: .init(certificateChain: .file(path("client.pem")), privateKey: .file(path("client.key")))
        )
    }
}
