public import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// A process that cannot outlive the one that started it, `kill -9` included.
///
/// A small shell supervises it and reports its end, see `Leash`.
public final class LeashedProcess: Sendable {
    /// The process's id.
    public let pid: Int32
    private let lifeline: Lifeline
    private let exit: OneShot<Int32>
    private let supervisorEnd: OneShot<Void>

    private init(pid: Int32, lifeline: Lifeline, exit: OneShot<Int32>, supervisorEnd: OneShot<Void>) {
        self.pid = pid
        self.lifeline = lifeline
        self.exit = exit
        self.supervisorEnd = supervisorEnd
    }

    /// Starts a process on a leash.
    ///
    /// - Parameters:
    ///   - command: What to run.
    ///   - log: The file to which its output is appended.
    ///   - lastSignal: The name of the signal, for `kill -s`, that ends it at once when its owner is gone.
    ///   - removing: A directory that is removed once the process has ended because its owner is gone or released it.
    /// - Throws: ``LocalServerError`` if it cannot be started. A missing executable shows as exit status 127.
    public static func start(
        _ command: LaunchCommand,
        log: URL,
        lastSignal: String = "KILL",
        removing: URL? = nil
    ) async throws(LocalServerError) -> LeashedProcess {
        let sockets = try DescriptorPair()
        let lifeline = Lifeline(descriptor: sockets.own)
        var shell = command
        shell.executable = "/bin/sh"
        shell.arguments =
            ["-c", Leash.script, "leash", lastSignal, removing?.path ?? "", log.path, command.executable]
            + command.arguments
        let configuration = shell.configuration
        let pid = OneShot<Result<Int32, LocalServerError>>()
        let exit = OneShot<Int32>()
        let supervisorEnd = OneShot<Void>()
        Task {
            var reason = "its supervising shell ended"
            do {
                _ = try await Subprocess.run(
                    configuration,
                    input: .fileDescriptor(.init(rawValue: sockets.other), closeAfterSpawningProcess: true),
                    output: .sequence,
                    // Its own complaints (a process that is gone already) interest nobody.
                    error: .discarded
                ) { execution in
                    for try await line in execution.standardOutput.strings() {
                        switch SupervisorReport(line) {
                        case .pid(let number): pid.fulfil(.success(number))
                        case .exit(let status): exit.fulfil(status)
                        case nil: break
                        }
                    }
                }
            } catch {
                reason = "\(error)"
            }
            pid.fulfil(.failure(.cannotStart(executable: command.executable, reason: reason)))
            // A supervisor that was killed cannot tell; nothing is known to run then.
            exit.fulfil(128 + SIGKILL)
            supervisorEnd.fulfil(())
        }
        guard let started = await pid.value() else {
            throw .cannotStart(executable: command.executable, reason: "the start was cancelled")
        }
        return LeashedProcess(pid: try started.get(), lifeline: lifeline, exit: exit, supervisorEnd: supervisorEnd)
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

    /// Sends the process a signal, unless it is known to have ended.
    public func signal(_ number: Int32) {
        guard exit.current == nil else { return }
        kill(pid, number)
    }

    /// Ends the process: with `signal`, and with SIGKILL if it is still there after `grace`.
    public func stop(signal number: Int32 = SIGTERM, grace: Duration = .seconds(10)) async {
        signal(number)
        if await waitForExit(within: grace) != nil { return }
        signal(SIGKILL)
        _ = await waitForExit()
    }

    /// Lets go of a process: ends it at once if it still runs, waits until its supervisor has gone.
    ///
    /// - Parameter keepingDirectory: Whether the directory given at the start stays; only possible once the process
    ///   has ended, so this waits for that.
    public func release(keepingDirectory: Bool = false) async {
        if keepingDirectory {
            _ = await exit.value()
            lifeline.send("keep")
        }
        lifeline.cut()
        _ = await supervisorEnd.value()
    }

    deinit { lifeline.cut() }
}

/// The end of a supervisor's input that this process holds; when it is closed, the supervisor ends its server.
final class Lifeline: Sendable {
    private let descriptor: Mutex<Int32?>

    init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    /// Sends a line; does nothing when the supervisor has gone.
    func send(_ line: String) {
        descriptor.withLock { descriptor in
            guard let descriptor else { return }
            let bytes = Array((line + "\n").utf8)
            // A few bytes into an empty socket buffer: they go whole or, with the peer gone, not at all.
            _ = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    deinit { cut() }

    /// Closes it; a second call does nothing.
    func cut() {
        descriptor.withLock { descriptor in
            if let descriptor { close(descriptor) }
            descriptor = nil
        }
    }
}

/// Two connected sockets, closed in every program that this process starts unless handed over on purpose.
///
/// Unlike a pipe, a socket can be made closed-on-exec in one step from Swift and written to without the danger of SIGPIPE.
struct DescriptorPair {
    /// The end that this process keeps.
    let own: Int32
    /// The end that is handed to the new process.
    let other: Int32

    init() throws(LocalServerError) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .cannotStart(executable: "/bin/sh", reason: "socketpair: " + String(cString: strerror(errno)))
        }
        own = ends[0]
        other = ends[1]
    }
}

/// A line that the supervising shell reports, see ``Leash``.
enum SupervisorReport: Equatable {
    case pid(Int32)
    case exit(Int32)

    init?(_ line: String) {
        let words = line.split(separator: " ")
        guard words.count == 2, let number = Int32(words[1]) else { return nil }
        switch words[0] {
        case "pid": self = .pid(number)
        case "exit": self = .exit(number)
        default: return nil
        }
    }
}
