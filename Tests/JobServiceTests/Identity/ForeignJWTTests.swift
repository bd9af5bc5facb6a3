import Foundation
import HummingbirdTesting
import TestSupport
import Testing

@testable import JobService

/// PyJWT reads our tokens by the published keys, and forges others.
@Suite(.timeLimit(.minutes(1)))
struct ForeignJWTTests {
    @Test func aForeignLibraryVerifiesOurTokensAndItsForgeriesAreWorthNothing() async throws {
        let python = try Python()
        let directory = FileManager.default.temporaryDirectory.appending(path: "jwt-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (made, madeCode) = try await python.run("jwt_judge.py", ["make-keys", directory.path])
        try #require(madeCode == 0, "\(made)")
        let platform = try await TestPlatform(
            url: await TestServers.shared.database(),
            variables: [
                "jwt.private.key.file": directory.appending(path: "current.pem").path,
                "jwt.public.key.files": directory.appending(path: "earlier.pub.pem").path,
            ]
        )
        try await platform.serve { api in
            let port = try #require(api.client.port)
            let arguments = ["judge", directory.path, "http://127.0.0.1:\(port)", "admin", TestPlatform.adminPassword]
            let (output, code) = try await python.run("jwt_judge.py", arguments)
            #expect(code == 0, "\(output)")
            #expect(output.split(separator: "\n").last == "ok", "\(output)")
        }
        await platform.close()
    }
}
