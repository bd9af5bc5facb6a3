import ArgumentParser
import Foundation

/// `queueflow status`: a table of the stack's processes; fails if one of them is not ready.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what runs and whether it is ready; the exit status is 1 if something is not."
    )

    @OptionGroup var options: StackOptions

    func run() async throws {
        let table = await StatusTable.read(ServiceRecords(directory: options.stack))
        Console.standard.line(table.text(now: Date()))
        if !table.isReady { throw ExitCode.failure }
    }
}
