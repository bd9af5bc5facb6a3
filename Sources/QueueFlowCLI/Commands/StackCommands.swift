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

            Settings are taken from the environment and kept: WORKER_QUEUES=mail queueflow up, and each later `up` gives the \
            worker these queues. WORKER_QUEUES= queueflow up forgets them. EXEC_ALLOW, which lets jobs run programs, is never kept.

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

    @Flag(
        inversion: .prefixedNo,
        help:
            "Run the worker with the built-in job types; without it, workers of your own serve all. Kept until said otherwise."
    )
    var worker: Bool?

    @Flag(
        inversion: .prefixedNo,
        help:
            "Serve TLS at the gateway, too, with the certificate that TLS_CERTIFICATE and TLS_KEY name, or one by an authority of the stack's own. Kept until said otherwise."
    )
    var tls: Bool?

    @Flag(help: "Forget the settings that earlier calls were given.")
    var resetSettings = false

    func run() async throws {
        let console = Console.standard
        let lock = try StackLock(options.stack)
        let settings = try StackSettings(
            environment: ProcessInfo.processInfo.environment,
            worker: worker,
            tls: tls,
            forgetting: resetSettings,
            workingDirectory: options.directory,
            binaries: binaries.map { URL(filePath: $0, directoryHint: .isDirectory) } ?? Self.ownDirectory
        )
        let configuration = settings.configuration
        let starter = try StackStarter(settings, lock: lock, console: console)
        try await starter.start()
        let credentials = starter.credentials
        StackSummary(configuration: configuration, credentials: credentials, certificate: starter.certificate)
            .print(to: console)
        guard configuration.hasWorker else {
            console.line(
                """
                Nothing runs jobs yet, as this stack has no worker of its own. Start yours, in the directory of its package:
                  eval "$(\(options.call("env")))"
                  swift run WORKER
                `queueflow new worker NAME` makes such a package; \(options.call("up --worker")) brings ours back.
                """
            )
            return
        }
        guard firstJob else { return }
        let job = FirstJob(
            gateway: configuration.gatewayURL,
            username: credentials[.adminUsername],
            password: credentials[.adminPassword],
            queue: configuration.firstQueue
        )
        try await job.run(console)
    }

    /// The directory of the running executable, beside which the other programs are built.
    static var ownDirectory: URL {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: path ?? CommandLine.arguments[0]).deletingLastPathComponent()
    }
}

/// `queueflow down`: stops the stack on this machine and keeps its data.
struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stop what `queueflow up` started; data, logs and credentials stay.",
        discussion: "Services are stopped in the reverse order of their start; one that takes too long is killed."
    )

    @OptionGroup var options: StackOptions

    func run() async throws {
        try await StackStopper(directory: options.stack, console: .standard).stop()
    }
}

/// `queueflow status`: a table of the stack's processes; fails if one of them is not ready.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what runs and whether it is ready; the exit status is 1 if something is not."
    )

    @OptionGroup var options: StackOptions

    func run() async throws {
        let table = await StatusTable.read(
            ServiceRecords(directory: options.stack),
            hasWorker: try KeptSettings.load(from: options.stack.settings).hasWorker
        )
        Console.standard.line(table.text(now: Date()))
        if !table.isReady { throw ExitCode.failure }
    }
}

/// `queueflow logs`: the ends of the logs, and with `--follow` what is added to them.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show the logs of all services, or of one."
    )

    @OptionGroup var options: StackOptions

    @Argument(
        help: ArgumentHelp(
            "One of \(StackService.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "service"
        ),
        completion: .list(StackService.allCases.map(\.rawValue))
    )
    var name: String?

    @Flag(name: .shortAndLong, help: "Go on showing what is written, until interrupted.")
    var follow = false

    @Option(name: .shortAndLong, help: "How many lines of each log to begin with.")
    var lines = 20

    func validate() throws {
        if lines < 0 { throw ValidationError("--lines is \(lines); expected 0 or more") }
    }

    func run() async throws {
        var services = StackService.allCases
        if let name {
            guard let service = StackService(rawValue: name) else { throw StackError.unknownService(name) }
            services = [service]
        }
        let reader = try LogReader(directory: options.stack, services: services, console: .standard)
        if follow {
            try await reader.follow(lines: lines)
        } else {
            reader.show(lines: lines)
        }
    }
}

/// `queueflow env`: what a worker or a client of one's own needs to reach the stack.
struct EnvCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env",
        abstract: "Print what points a worker or a client of your own to the stack on this machine.",
        discussion: "For a shell: eval \"$(queueflow env)\". The output holds secrets."
    )

    @OptionGroup var options: StackOptions

    func run() throws {
        guard let credentials = try Credentials.known(in: options.stack.credentials) else {
            throw StackError.noStack(directory: options.directory.path)
        }
        // What the stack is, whatever the caller's environment would make of it.
        let configuration = try StackSettings(
            environment: [:],
            workingDirectory: options.directory,
            binaries: options.directory
        ).configuration
        let variables = ServiceEnvironment.ofGuests(configuration: configuration, credentials: credentials)
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
            Console.standard.line("export \(name)=\(EnvironmentFile.quoted(value))")
        }
    }
}

/// Options of the commands that deal with the stack on this machine.
struct StackOptions: ParsableArguments {
    @Option(
        name: .customLong("directory"),
        help: ArgumentHelp(
            "The directory whose .queueflow holds the stack's data, logs and credentials.",
            valueName: "path"
        ),
        completion: .directory
    )
    private var path = "."

    /// The directory that holds `.queueflow`.
    var directory: URL { URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL }

    /// How this program is called with the same directory, to be copied into a shell.
    func call(_ command: String) -> String {
        let program = EnvironmentFile.quoted(URL(filePath: CommandLine.arguments[0]).standardizedFileURL.path)
        return program + " " + command + " --directory " + EnvironmentFile.quoted(directory.path)
    }

    /// What the stack keeps there.
    var stack: StackDirectory { StackDirectory(in: directory) }
}
