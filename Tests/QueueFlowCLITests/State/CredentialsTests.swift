import Foundation
import LocalServers
import Testing

@testable import QueueFlowCLI

@Suite struct CredentialsTests {
    @Test func missingSecretsAreGeneratedAndKept() throws {
        let (first, text) = Credentials.resolve(environment: [:], file: "")
        let file = try #require(text)
        #expect(first[.adminUsername] == "admin")
        #expect(first[.jwtSecret].utf8.count >= 32)

        let (second, nothing) = Credentials.resolve(environment: [:], file: file)
        #expect(nothing == nil)
        for name in Credentials.Name.allCases { #expect(second[name] == first[name]) }
    }

    @Test func eachGeneratedSecretIsAnother() {
        let credentials = Samples.credentials()
        let secrets: [Credentials.Name] = [
            .adminPassword, .jwtSecret, .workerToken, .postgresPassword, .redisPassword,
        ]
        #expect(Set(secrets.map { credentials[$0] }).count == 5)
    }

    /// So that a later call, and who reads the file, know the password that holds.
    @Test func theEnvironmentWinsAndIsKept() throws {
        let environment = ["QUEUEFLOW_ADMIN_PASSWORD": "from-environment", "JWT_SECRET": "also-from-environment"]
        let (credentials, text) = Credentials.resolve(environment: environment, file: "QUEUEFLOW_ADMIN_PASSWORD=old\n")
        #expect(credentials[.adminPassword] == "from-environment")
        #expect(credentials[.jwtSecret] == "also-from-environment")
        let (later, nothing) = Credentials.resolve(environment: ["JWT_SECRET": ""], file: try #require(text))
        #expect(nothing == nil && later[.adminPassword] == "from-environment")
        #expect(later[.jwtSecret] == "also-from-environment")
    }

    /// The file is for shells, too: `. .queueflow/credentials.env`.
    @Test(arguments: ["correct horse", "it's", "'quoted'", "$HOME `id`", "a=b", "#", "\\"])
    func aShellReadsWhatWasGiven(_ password: String) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "credentials-\(UUID().uuidString)")
        defer { unlink(file.path) }
        let given = try Credentials.load(from: file, environment: ["QUEUEFLOW_ADMIN_PASSWORD": password])
        #expect(given[.adminPassword] == password)
        #expect(try Credentials.known(in: file)?[.adminPassword] == password)
        var lines: [String] = []
        try await LaunchCommand(
            executable: "/bin/sh",
            arguments: ["-c", #". "$0"; printf '%s\n' "$QUEUEFLOW_ADMIN_PASSWORD""#, file.path]
        ).forEachLine { lines.append($0) }
        #expect(lines == [password])
    }

    @Test func aSecretOfSeveralLinesIsRefused() {
        let file = FileManager.default.temporaryDirectory.appending(path: "credentials-\(UUID().uuidString)")
        #expect(throws: StackError.self) { try Credentials.load(from: file, environment: ["JWT_SECRET": "a\nb"]) }
    }

    @Test func passwordsOfTheStacksOwnServersAreNotTakenFromTheEnvironment() {
        #expect(Samples.credentials(["POSTGRES_PASSWORD": "of another server"])[.postgresPassword].count == 32)
    }

    @Test func onlyTheOwnerCanReadThem() throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "credentials-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: parent) }
        let directory = StackDirectory(in: parent)
        try directory.make(openTo: nil)
        _ = try Credentials.load(from: directory.credentials, environment: [:])
        #expect(try mode(directory.credentials) == 0o600)
        #expect(try mode(directory.root) == 0o700)
        #expect(try mode(directory.records) == 0o700)
        #expect(try mode(directory.logs) == 0o700)
    }

    @Test(.enabled(if: geteuid() == 0)) func theAccountOfPostgresMayPassButNotRead() throws {
        let parent = URL(filePath: "/tmp/credentials-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: parent) }
        let directory = StackDirectory(in: parent)
        let account = try ServerAccount.current()
        try directory.make(openTo: account)
        #expect(try mode(directory.root) == 0o710)
        #expect(directory.postgres(for: account).path == directory.root.path + "/postgres")
    }

    @Test(.enabled(if: geteuid() == 0)) func aClusterThatPostgresCannotReachLiesElsewhere() throws {
        let closed = URL(filePath: "/tmp/closed-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: closed) }
        try FileManager.default.createDirectory(
            at: closed,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let directory = StackDirectory(in: closed.appending(path: "project"))
        try directory.make(openTo: ServerAccount.current())
        let cluster = directory.postgres(for: try ServerAccount.current())
        #expect(cluster.path.hasPrefix("/var/lib/queueflow/postgres-"))
        try directory.link(postgres: cluster)
        let link = directory.root.appending(path: "postgres").path
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == cluster.path)
    }

    private func mode(_ file: URL) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        return try #require(attributes[.posixPermissions] as? NSNumber).intValue
    }
}
