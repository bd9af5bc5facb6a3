import Foundation
import LocalServers

/// Shows the logs of the stack's services.
struct LogReader: Sendable {
    private let logs: [(service: StackService, file: URL)]
    private let console: Console

    /// - Throws: ``StackError/nothingLogged(directory:)`` when none of the services has a log.
    init(directory: StackDirectory, services: [StackService], console: Console) throws(StackError) {
        logs = services.map { ($0, directory.log(of: $0)) }.filter { access($0.1.path, R_OK) == 0 }
        self.console = console
        if logs.isEmpty { throw .nothingLogged(directory: directory.logs.path) }
    }

    /// Shows the end of each log.
    func show(lines: Int) {
        for (service, file) in logs where lines > 0 {
            for line in LogTail.read(file, lines: lines, bytes: 1 << 20).split(separator: "\n") {
                show(String(line), of: service)
            }
        }
    }

    /// Shows the end of each log and then every line that is added, until the task is cancelled.
    ///
    /// `tail` waits for changes without polling; `--pid` ends it should this process be killed.
    func follow(lines: Int) async throws {
        let tail = try Executables.find("tail", package: "coreutils")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (service, file) in logs {
                group.addTask {
                    let command = LaunchCommand(
                        executable: tail,
                        arguments: [
                            "--follow=name", "--retry", "--lines=\(lines)", "--pid=\(getpid())", "--", file.path,
                        ]
                    )
                    try await command.forEachLine { show($0, of: service) }
                }
            }
            try await group.waitForAll()
        }
    }

    private func show(_ line: String, of service: StackService) {
        let prefix = logs.count == 1 ? "" : service.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0) + "| "
        console.line(prefix + line)
    }
}
