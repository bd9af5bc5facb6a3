public import Foundation
import Subprocess
import SystemPackage

/// A process that outlives the one that started it: it has a session of its own and writes to a log file.
public final class DetachedProcess: Sendable {
    /// The process's id.
    public let pid: Int32
    private let exit: OneShot<Int32>

    private init(pid: Int32, exit: OneShot<Int32>) {
        self.pid = pid
        self.exit = exit
    }

    /// Starts a process.
    ///
    /// - Parameters:
    ///   - command: What to run.
    ///   - log: The file, made with mode 0600, to which its output is appended.
    /// - Throws: ``LocalServerError`` if it cannot be started.
    public static func start(_ command: LaunchCommand, log: URL) async throws(LocalServerError) -> DetachedProcess {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(
                FilePath(log.path),
                .writeOnly,
                options: [.append, .create, .closeOnExec],
                permissions: .ownerReadWrite
            )
        } catch {
            throw .file(path: log.path, reason: "\(error)")
        }
        let started = OneShot<Result<Int32, LocalServerError>>()
        let exit = OneShot<Int32>()
        // The task reaps the process, should it end while this one lives.
        Task {
            do {
                let result = try await Subprocess.run(
                    command.configuration,
                    input: .none,
                    output: .fileDescriptor(file, closeAfterSpawningProcess: true),
                    error: .combinedWithOutput
                ) { execution in
                    started.fulfil(.success(execution.processIdentifier.value))
                }
                exit.fulfil(result.terminationStatus.shellStatus)
            } catch {
                started.fulfil(.failure(.cannotStart(executable: command.executable, reason: "\(error)")))
            }
        }
        guard let outcome = await started.value() else {
            throw .cannotStart(executable: command.executable, reason: "the start was cancelled")
        }
        return DetachedProcess(pid: try outcome.get(), exit: exit)
    }

    /// The exit status if the process has ended; 128 plus the signal's number if a signal ended it.
    public var exitStatus: Int32? { exit.current }

    /// Waits for the process's end.
    ///
    /// - Parameter limit: How long at most; nil for as long as it takes.
    /// - Returns: Its exit status (see ``exitStatus``); nil when the time is over or the task is cancelled.
    public func waitForExit(within limit: Duration? = nil) async -> Int32? {
        await exit.value(within: limit)
    }
}
