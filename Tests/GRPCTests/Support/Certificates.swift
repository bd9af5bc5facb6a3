import Foundation

/// A throw-away certificate authority with a server's and a client's certificate, in a folder of its own.
struct Certificates: ~Copyable {
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
