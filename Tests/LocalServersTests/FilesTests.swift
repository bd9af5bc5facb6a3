import Foundation
import Testing

@testable import LocalServers

@Suite struct FilesTests {
    @Test func aPrivateFileIsTheOwnersOnlyAlsoWhereAnOpenOneWas() async throws {
        try await withScratchDirectory { scratch in
            let file = scratch.appending(path: "secret")
            try Data("open".utf8).write(to: file)
            chmod(file.path, 0o644)
            try PrivateFile.write("closed", to: file)
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.posixPermissions] as? NSNumber == 0o600)
            #expect(try String(contentsOf: file, encoding: .utf8) == "closed")
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["secret"])
        }
    }

    @Test func aPlaceThatDoesNotExistIsToldByName() {
        let file = URL(filePath: "/no/such/place/secret")
        let error = #expect(throws: LocalServerError.self) { try PrivateFile.write("x", to: file) }
        #expect(error?.description.hasPrefix("/no/such/place/secret.new: ") == true)
    }

    @Test func theEndOfALogIsReadWithoutTheRest() async throws {
        try await withScratchDirectory { scratch in
            let file = scratch.appending(path: "log")
            #expect(LogTail.read(file) == "")
            try Data((1...1000).map { "line \($0)\n" }.joined().utf8).write(to: file)
            #expect(LogTail.read(file, lines: 2) == "line 999\nline 1000")
            #expect(LogTail.read(file, lines: 100, bytes: 12) == "9\nline 1000")
            #expect(LogTail.read(file, lines: 1, width: 6) == "line 1...")
        }
    }

    @Test func secretsAreLongAndEachIsAnother() {
        #expect(Secret.random(bytes: 16).wholeMatch(of: /[0-9a-f]{32}/) != nil)
        #expect(Set((0..<100).map { _ in Secret.random() }).count == 100)
    }

    @Test(.enabled(if: geteuid() == 0)) func theAccountOfPostgresReachesOnlyWhatIsOpenToIt() async throws {
        let account = try ServerAccount.current()
        let closed = URL(filePath: "/tmp/closed-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: closed, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: closed) }
        let inner = closed.appending(path: "inner")
        chmod(closed.path, 0o700)
        #expect(account.canReach(closed))
        #expect(!account.canReach(inner))
        try account.letPass(through: closed)
        #expect(account.canReach(inner))
    }
}
