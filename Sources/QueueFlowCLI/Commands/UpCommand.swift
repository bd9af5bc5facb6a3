import ArgumentParser
import Foundation

/// `queueflow up`: starts the whole stack on this machine, or what of it does not run.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Start QueueFlow on this machine, with PostgreSQL, Redis, a broker and nginx.",
        discussion: """
            Everything goes on running after this command; `queueflow down` stops it. What runs already is left alone, \
            unless its program or its configuration has changed.

            DATABASE_URL, REDIS_URL and KAFKA_BROKERS name servers to use instead of starting them. Ports are moved by \
            \(StackPort.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )

    @OptionGroup var options: StackOptions

    @Option(
        help: ArgumentHelp("The directory of job-service, worker, scheduler and dev-broker.", valueName: "path"),
        completion: .directory
    )
    var binaries: String?

    @Flag(inversion: .prefixedNo, help: "Run a first job through the stack at the end.")
    var firstJob = true

    func run() async throws {
        let console = Console.standard
        let configuration = try StackConfiguration(
            environment: ProcessInfo.processInfo.environment,
            workingDirectory: options.directory,
            binaries: binaries.map { URL(filePath: $0, directoryHint: .isDirectory) } ?? Self.ownDirectory
        )
        let starter = try StackStarter(configuration, console: console)
        try await starter.start()
        let credentials = starter.credentials
        StackSummary(configuration: configuration, credentials: credentials).print(to: console)
        guard firstJob else { return }
        let job = FirstJob(
            gateway: configuration.gatewayURL,
            username: credentials[.adminUsername],
            password: credentials[.adminPassword]
        )
        try await job.run(console)
    }

    /// The directory of the running executable, beside which the other programs are built.
    private static var ownDirectory: URL {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: path ?? CommandLine.arguments[0]).deletingLastPathComponent()
    }
}
