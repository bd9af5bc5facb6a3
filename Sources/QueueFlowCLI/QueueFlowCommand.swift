import ArgumentParser
import Foundation

/// `queueflow`: the operator's command line.
@main
struct QueueFlowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queueflow",
        abstract: "Run and operate QueueFlow.",
        discussion: """
            Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 not allowed, 5 conflict, 6 unreachable or too late, 10 a job failed, \
            11 a job was cancelled, 130 interrupted.
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "On this machine",
                subcommands: [
                    UpCommand.self, DownCommand.self, StatusCommand.self, LogsCommand.self, EnvCommand.self,
                    NewCommand.self,
                    CronCommand.self,
                ]
            ),
            CommandGroup(
                name: "Connecting",
                subcommands: [LoginCommand.self, LogoutCommand.self, WhoAmICommand.self, ProfileCommand.self]
            ),
            CommandGroup(
                name: "Work",
                subcommands: [
                    JobsCommand.self, DeadLettersCommand.self, SchedulesCommand.self, QueuesCommand.self,
                    WorkersCommand.self, OperationsCommand.self,
                ]
            ),
            CommandGroup(
                name: "Administration",
                subcommands: [
                    UsersCommand.self, KeysCommand.self, TenantsCommand.self, ListCommand<AuditListing>.self,
                ]
            ),
            CommandGroup(
                name: "Watching and checking",
                subcommands: [
                    TopCommand.self, BenchCommand.self, DoctorCommand.self, MigrateCommand.self,
                    CompletionCommand.self,
                ]
            ),
        ]
    )

    static func main() async {
        let status = await run(Array(CommandLine.arguments.dropFirst()))
        Foundation.exit(status)
    }

    /// Carries out a command line in the current surroundings.
    ///
    /// - Returns: The status with which the program is to end.
    static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try await asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return CommandStatus.success.rawValue
        } catch {
            return report(error)
        }
    }

    private static func report(_ error: any Error) -> Int32 {
        let surroundings = Surroundings.current
        if error is CancellationError { return CommandStatus.interrupted.rawValue }
        if let failure = error as? CommandFailure {
            if !failure.description.isEmpty { surroundings.notes.line("Error: \(failure)") }
            return failure.status.rawValue
        }
        let code = exitCode(for: error)
        let message = fullMessage(for: error, columns: surroundings.terminal.width)
        if !message.isEmpty { (code.isSuccess ? surroundings.output : surroundings.notes).line(message) }
        return code == .validationFailure ? CommandStatus.usage.rawValue : code.rawValue
    }
}
