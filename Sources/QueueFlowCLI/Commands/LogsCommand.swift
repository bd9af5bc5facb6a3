import ArgumentParser

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
