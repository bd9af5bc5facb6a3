import Foundation
import Subprocess
import SystemPackage

extension LaunchCommand {
    /// The command for swift-subprocess, in a session of its own, so that neither the terminal nor its job control
    /// reaches the process. It inherits no descriptor but its standard three, has every signal at its default and none
    /// blocked: swift-subprocess sees to that.
    var configuration: Configuration {
        var options = PlatformOptions()
        options.createSession = true
        return Configuration(
            executable: .path(FilePath(executable)),
            arguments: Arguments(arguments),
            environment: .custom(Array(environment.map { Array("\($0.key)=\($0.value)".utf8) + [0] })),
            workingDirectory: workingDirectory.map { FilePath($0.path) },
            platformOptions: options
        )
    }

    /// Runs the command to its end.
    ///
    /// - Parameter input: What it reads from its standard input.
    /// - Returns: What it wrote to its standard error if it failed; nil if it succeeded.
    /// - Throws: ``LocalServerError/cannotStart(executable:reason:)``.
    public func run(input: String) async throws(LocalServerError) -> String? {
        do {
            let result = try await Subprocess.run(
                configuration,
                input: .string(input),
                output: .discarded,
                error: .string(limit: 64 * 1024)
            )
            return result.terminationStatus.isSuccess ? nil : result.standardError
        } catch {
            throw .cannotStart(executable: executable, reason: "\(error)")
        }
    }
}

extension LaunchCommand {
    /// Runs the command and hands over each line that it writes to its standard output, until it ends or the task is
    /// cancelled, which kills it. It gets no input, and its standard error is discarded.
    ///
    /// - Throws: Whatever keeps it from being started or read.
    public func forEachLine(_ body: (String) -> Void) async throws {
        _ = try await Subprocess.run(configuration, input: .none, output: .sequence, error: .discarded) { execution in
            for try await line in execution.standardOutput.strings(bufferingPolicy: .unbounded) { body(line) }
        }
    }
}

extension TerminationStatus {
    /// The status as a shell shows it: 128 plus the signal's number if a signal ended the process.
    var shellStatus: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}
