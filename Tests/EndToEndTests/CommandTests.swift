import Foundation
import LocalServers
import TestSupport
import Testing

/// What the processes do when they are called with an argument.
extension EndToEndTests {
    @Test func everyProcessSaysWhetherItIsReady() async throws {
        try await TestStack.run { stack in
            for program in [TestStack.Program.jobService, .scheduler, .worker] {
                let ready = try await stack.command(program, "health")
                #expect(ready.status == 0 && ready.output.contains("ready"), "\(program): \(ready)")
                await stack.end(program, with: SIGKILL)
                let gone = try await stack.command(program, "health")
                #expect(gone.status == 1 && gone.output.contains("Connection refused"), "\(program): \(gone)")
            }
            for program in [TestStack.Program.jobService, .scheduler] {
                let unknown = try await stack.command(program, "helth")
                #expect(
                    unknown.status == 64 && unknown.output.contains("does not know 'helth'"),
                    "\(program): \(unknown)"
                )
            }
        }
    }

    /// With the database's URL and nothing else, as a container or a job of Kubernetes is given it.
    @Test func theDatabaseIsBroughtUpToDateOnItsOwn() async throws {
        try await TestStack.run { stack in
            let url = try await stack.postgres.createDatabase(named: "fresh")
            let file = FileManager.default.temporaryDirectory.appending(path: "url-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: file) }
            try Data("\(url)\n".utf8).write(to: file)
            let alone: [String: String?] = [
                "DATABASE_URL": nil, "DATABASE_URL_FILE": file.path, "REDIS_URL": nil,
                "KAFKA_BROKERS": nil, "JWT_SECRET": nil, "QUEUEFLOW_ADMIN_PASSWORD": nil,
                "WORKER_TOKEN": nil,
            ]
            // Two at once, as two replicas of a one-shot might be.
            async let one = stack.command(.jobService, "migrate", alone)
            async let other = stack.command(.jobService, "migrate", alone)
            let both = try await [one, other]
            for outcome in both {
                #expect(outcome.status == 0 && outcome.output.contains("the database is up to date"), "\(outcome)")
            }
            let first = both.map { $0.output.components(separatedBy: "a migration was applied").count - 1 }
            #expect(first.reduce(0, +) > 10 && first.contains(0), "one of them did it all: \(first)")
            let again = try await stack.command(.jobService, "migrate", alone)
            #expect(again.status == 0 && !again.output.contains("a migration was applied"), "\(again)")

            let missing = try await stack.command(.jobService, "migrate", ["DATABASE_URL": nil])
            #expect(missing.status == 78 && missing.output.contains("DATABASE_URL is not set"), "\(missing)")
        }
    }
}
