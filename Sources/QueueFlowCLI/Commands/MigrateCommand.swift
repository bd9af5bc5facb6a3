import ArgumentParser
import Formats
import Foundation

/// `queueflow migrate`: the database's tables, through the job-service on this machine.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "See and bring up to date a database's tables, by the job-service on this machine.",
        discussion: """
            The database is that of DATABASE_URL or DATABASE_URL_FILE, or else of the stack in this directory. Processes do it by themselves \
            when they start; this is for where their account may not, or where it is to come first.
            """,
        subcommands: [MigrationStatusCommand.self, MigrateUpCommand.self]
    )
}

/// `queueflow migrate status`.
struct MigrationStatusCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "List the migrations; exit status 1 when some are missing."
    )

    @OptionGroup var program: JobServiceOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func call() async throws {
        let migrations = try await program.migrations()
        try output.printer(for: .migrations).print(migrations)
        let missing = migrations.filter { $0.at("applied")?.bool == false }
        guard missing.isEmpty else {
            throw CommandFailure(
                .failure,
                "\(missing.count) migrations are missing; apply them with: queueflow migrate up"
            )
        }
    }
}

/// `queueflow migrate up`.
struct MigrateUpCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Apply the migrations that are missing; running processes go on working."
    )

    @Flag(help: "Only tell which would be applied.") var dryRun = false
    @OptionGroup var program: JobServiceOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func call() async throws {
        let missing = try await program.migrations().filter { $0.at("applied")?.bool == false }
        if missing.isEmpty { return Surroundings.current.notes.line("The database is up to date.") }
        if !dryRun { _ = try await program.run("migrate") }
        try output.printer(for: .migrations).print(missing)
        let what = missing.count == 1 ? "1 migration" : "\(missing.count) migrations"
        Surroundings.current.notes.line(dryRun ? "\(what) would be applied." : "\(what) applied.")
    }
}

/// Which job-service is asked.
struct JobServiceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The directory of job-service; that of this program unless given.", valueName: "path"),
        completion: .directory
    )
    var binaries: String?

    /// How all migrations stand.
    func migrations() async throws -> [JSONValueSlice] {
        try await run("migrations").split(separator: UInt8(ascii: "\n")).map { line in
            do {
                return try JSONValueSlice(parsing: Array(line))
            } catch {
                throw CommandFailure(.failure, "job-service migrations prints something else than migrations: \(error)")
            }
        }
    }

    /// Runs the job-service with an argument to its end.
    ///
    /// - Returns: What it printed to standard output.
    /// - Throws: ``CommandFailure`` with what it said when it failed.
    func run(_ argument: String) async throws -> [UInt8] {
        let surroundings = Surroundings.current
        let directory = binaries.map { URL(filePath: $0, relativeTo: surroundings.directory) } ?? UpCommand.ownDirectory
        let file = directory.appending(path: "job-service")
        guard FileManager.default.isExecutableFile(atPath: file.path) else {
            throw CommandFailure(
                .failure,
                "there is no job-service in \(directory.path); name its directory with --binaries"
            )
        }
        let process = Process()
        process.executableURL = file
        process.arguments = [argument]
        process.environment = try environment(surroundings)
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        do { try process.run() } catch { throw CommandFailure(.failure, "\(file.path): \(error.localizedDescription)") }
        async let said = StandardInput(descriptor: errors.fileHandleForReading.fileDescriptor).all()
        let printed = try await StandardInput(descriptor: output.fileHandleForReading.fileDescriptor).all()
        let log = String(decoding: try await said, as: UTF8.self)
        withExtendedLifetime((output, errors)) {}
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CommandFailure(.failure, "job-service \(argument): \(Self.reason(log))")
        }
        return printed
    }

    private func environment(_ surroundings: Surroundings) throws -> [String: String] {
        var environment = surroundings.environment
        let isNamed = ["DATABASE_URL", "DATABASE_URL_FILE"].contains { environment[$0]?.isEmpty == false }
        if !isNamed {
            guard let stack = try LocalStack.find(in: surroundings.directory) else {
                throw CommandFailure(
                    .usage,
                    "which database? set DATABASE_URL, or call this in the directory of a stack (queueflow up)"
                )
            }
            environment["DATABASE_URL"] = stack.databaseURL
        }
        return environment
    }

    /// The last error of a log in JSON lines, or its last line.
    private static func reason(_ log: String) -> String {
        let lines = log.split(separator: "\n")
        let errors = lines.compactMap { try? JSONValueSlice(parsing: Array($0.utf8)).text("error") }
        return (errors.last ?? lines.joined(separator: " ")).printable
    }
}

extension Noun {
    fileprivate static let migrations = Noun(
        name: "migration",
        plural: "migrations",
        path: "",
        list: "",
        key: "version",
        columns: [
            Column("version", nil, .number), Column("name"), Column("applied"), Column("known"),
        ],
        shown: ["version", "name", "applied"]
    )
}
