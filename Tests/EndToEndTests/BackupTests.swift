import Foundation
import LocalServers
import TestSupport
import Testing

/// Backup and restore, as docs/operations.md has it.
extension EndToEndTests {
    /// A dump is made while jobs wait, run and are delayed; then everything is lost. What had been answered 201 before the dump ends with the restored
    /// database; runs that the dump shows as going on are somebody's who is gone, and are taken back.
    @Test func aDumpThatIsMadeWhileJobsRunIsRestored() async throws {
        let dump = FileManager.default.temporaryDirectory.appending(path: "queueflow-\(UUID().uuidString).dump")
        defer { try? FileManager.default.removeItem(at: dump) }
        let tools = try PostgresInstallation.find()
        try await TestStack.run([.worker: ["WORKER_CONCURRENCY": "16"]]) { stack in
            var ids: [String] = []
            for number in 0..<60 {
                let seconds = number < 40 ? 0.4 : 4
                ids.append(try await stack.submit(#"{"type": "sleep", "payload": {"seconds": \#(seconds)}}"#))
            }
            let later = Date().addingTimeInterval(6).formatted(.iso8601)
            for _ in 0..<20 { ids.append(try await stack.submit(#"{"type": "noop", "execute_at": "\#(later)"}"#)) }
            try await stack.waitUntil("the worker is full, and some jobs are done") {
                let figures = try await stack.figures().json
                return figures["active_jobs"] as? Int == 16 && figures["completed_jobs"] as? Int ?? 0 > 10
            }
            try await run(tools.program("pg_dump"), ["--format=custom", "--file=\(dump.path)", stack.postgres.url])
            let lost = try await stack.submit(#"{"type": "noop"}"#)
            for program in [TestStack.Program.worker, .jobService, .scheduler] {
                await stack.end(program, with: SIGKILL)
            }

            let restored = try await stack.postgres.createDatabase(named: "restored")
            try await run(
                tools.program("pg_restore"),
                ["--no-owner", "--exit-on-error", "--dbname=\(restored)", dump.path]
            )
            for program in [TestStack.Program.jobService, .scheduler] {
                await stack.set("DATABASE_URL", of: program, to: restored)
            }
            for program in [TestStack.Program.jobService, .scheduler, .worker] { try await stack.start(program) }
            for id in ids { try await stack.wait(for: id, toBe: "completed", within: .seconds(60)) }
            #expect(try await stack.job(lost).status == 404)
            let figures = try await stack.figures().json
            let counted = ["total_jobs", "completed_jobs", "active_jobs", "queue_length"].map { figures[$0] as? Int }
            #expect(counted == [ids.count, ids.count, 0, 0])
        }
    }

    private func run(_ program: String, _ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let (output, code) = try await process.runToEnd()
        try #require(code == 0, "\(program): \(output)")
    }
}
