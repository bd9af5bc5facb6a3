import Foundation
import LocalServers
import TestSupport
import Testing

/// `queueflow` against a whole installation.
extension EndToEndTests {
    @Test func anInstallationIsOperatedFromAShell() async throws {
        try await TestStack.run { stack in
            let shell = try Shell(stack)
            defer { shell.remove() }

            let login = try await shell.queueflow(
                "login --url \(stack.url) --username admin --password-stdin",
                input: TestStack.adminPassword + "\n"
            )
            #expect(login.status == 0, "\(login)")
            #expect(try await shell.queueflow("whoami -o jsonl").output.contains(#""role":"ADMIN""#))

            let echo = try await shell.queueflow(
                #"jobs submit echo --payload {"n":12345678901234567890} --wait -o json"#
            )
            #expect(echo.status == 0 && echo.output.contains(#""n": 12345678901234567890"#), "\(echo)")

            let dead = try await shell.queueflow("jobs submit image.process --max-attempts 1 --wait -o name")
            #expect(dead.status == 10, "\(dead)")
            let id = dead.output.split(separator: "\n").first.map(String.init) ?? ""
            #expect(try await shell.queueflow("dlq list -o name").output == "\(id)\n")
            #expect(try await shell.queueflow("dlq groups -o jsonl").output.contains(id))

            let later = try await shell.queueflow("jobs submit noop --delay 1h")
            let cancelled = try await shell.queueflow(
                "jobs cancel \(later.output.trimmingCharacters(in: .newlines)) --yes"
            )
            #expect(cancelled.status == 0, "\(cancelled)")
            let wait = try await shell.queueflow("jobs wait \(later.output.trimmingCharacters(in: .newlines))")
            #expect(wait.status == 11, "\(wait)")

            let batch = try await shell.queueflow(
                "jobs submit --from - --batch-size 7 -o name",
                input: String(repeating: #"{"type":"noop","tags":["lines"]}"# + "\n", count: 30)
            )
            #expect(batch.output.split(separator: "\n").count == 30 && batch.status == 0, "\(batch)")
            let bench = try await shell.queueflow("bench --count 60 --concurrency 8 --poll -o jsonl")
            #expect(bench.status == 0 && bench.output.contains(#""completed":60"#), "\(bench)")
            #expect(
                try await shell.queueflow("jobs list --tag lines --limit 0 -o name").output.split(separator: "\n").count
                    == 30
            )

            #expect(try await shell.queueflow("queues pause default").output == "default paused\n")
            #expect(try await shell.queueflow("queues list").output.contains("paused"))
            #expect(try await shell.queueflow("queues resume default").status == 0)
            #expect(try await shell.queueflow("workers list -o name").status == 0)

            #expect(try await shell.queueflow("schedules create nightly --cron @daily --type noop").status == 0)
            #expect(
                try await shell.queueflow("schedules edit nightly --priority high -o jsonl").output.contains(
                    #""priority":"high""#
                )
            )
            #expect(try await shell.queueflow("schedules trigger nightly").status == 0)
            #expect(try await shell.queueflow("schedules delete nightly --yes").output == "nightly deleted\n")
            #expect(try await shell.queueflow("schedules get nightly").status == 3)

            let key = try await shell.queueflow("keys create ci --role user --scope jobs:read")
            let name = key.output.trimmingCharacters(in: .newlines)
            #expect(try await shell.queueflow("jobs list --api-key \(name)").status == 0)
            #expect(try await shell.queueflow("users list --api-key \(name)").status == 4)
            #expect(try await shell.queueflow("jobs get 01980000-0000-7000-8000-000000000000").status == 3)
            #expect(try await shell.queueflow("jobs submit noop --priority urgent").status == 2)
            #expect(try await shell.queueflow("audit --limit 1").status == 0)
            let doctor = try await shell.queueflow("doctor")
            #expect(doctor.output.contains("postgres") && !doctor.output.contains("bad "), "\(doctor)")

            let migrations = try await shell.queueflow("migrate status", ["DATABASE_URL": stack.postgres.url])
            #expect(migrations.status == 0 && migrations.output.contains("tenants"), "\(migrations)")
            let fresh = try await stack.postgres.createDatabase(named: "untouched")
            let dry = try await shell.queueflow("migrate up --dry-run", ["DATABASE_URL": fresh])
            #expect(dry.status == 0 && dry.errors.contains("would be applied"), "\(dry)")
            #expect(try await shell.queueflow("migrate status", ["DATABASE_URL": fresh]).status == 1)
            #expect(try await shell.queueflow("migrate up", ["DATABASE_URL": fresh]).status == 0)
            #expect(try await shell.queueflow("migrate status", ["DATABASE_URL": fresh]).status == 0)

            #expect(try await shell.queueflow("logout").status == 0)
            #expect(try await shell.queueflow("jobs list").status == 4)
        }
    }
}

/// Calls the built `queueflow` as a shell does, with a configuration of its own.
private struct Shell {
    private let directory: URL

    init(_ stack: TestStack) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "queueflow-shell-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }

    /// Carries out a command line; its words have spaces between them.
    func queueflow(
        _ line: String,
        _ variables: [String: String] = [:],
        input: String = ""
    ) async throws -> (output: String, errors: String, status: Int32) {
        let files = ["input", "output", "errors"].map { directory.appending(path: "\(UUID().uuidString).\($0)") }
        try Data(input.utf8).write(to: files[0])
        for file in files.dropFirst() { try Data().write(to: file) }
        let process = Process()
        process.executableURL = TestStack.products.appending(path: "queueflow")
        process.arguments = line.split(separator: " ").map(String.init)
        process.environment = LaunchCommand.minimalEnvironment
            .merging(["XDG_CONFIG_HOME": directory.path, "HOME": directory.path]) { $1 }.merging(variables) { $1 }
        process.currentDirectoryURL = directory
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in ended.resume() }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        let texts = try files.dropFirst().map { try String(contentsOf: $0, encoding: .utf8) }
        return (texts[0], texts[1], process.terminationStatus)
    }
}
