import CProcessGuard
import Foundation
import JobCore
import QueueFlowWorker
import Subprocess
import SystemPackage

/// `exec {command, args?}`: runs a command that the settings allow, with the payload on its standard input.
///
/// There is no shell: arguments reach the command as they are. It gets an environment of its own, a session of its own, and no
/// descriptor but its standard three. A guard, which is this program again under another name, starts it and sees to it that nothing of it
/// outlives the run: not when its time is up, not when its job is cancelled, and not when the worker is killed (see `CProcessGuard`).
struct ExecHandler: JobHandler {
    /// The most bytes of standard output, and of standard error, that a command may write.
    static let maxOutputBytes = 64 << 10
    /// How long the guard has once it was told to end the command. It needs two seconds at most.
    private static let grace = Duration.seconds(10)
    private static let maxArguments = 256
    /// What Linux allows in one argument, with room to spare.
    private static let maxArgumentBytes = 64 << 10

    private struct Payload: Decodable {
        var command: String
        var args: [String]?
    }

    private struct Output: Encodable {
        var exitCode: Int32
        var stdout: String
        var stderr: String

        private enum CodingKeys: String, CodingKey {
            case exitCode = "exit_code"
            case stdout, stderr
        }
    }

    private let allowed: Set<String>
    private let account: ExecAccount?
    private let guardian: FilePath

    /// Runs the commands with these absolute paths, and no others.
    ///
    /// - Parameters:
    ///   - account: As whom; nil for as whom the worker runs.
    ///   - guardian: The program that guards the commands: one that calls ``beGuardIfCalled()`` first of all.
    init(allowed: [String], account: ExecAccount? = nil, guardian: String = "/proc/self/exe") {
        self.allowed = Set(allowed)
        self.account = account
        self.guardian = FilePath(guardian)
    }

    /// Goes on as the guard of a command, and does not return, if that is what this process was started for.
    static func beGuardIfCalled() {
        qf_guard_if_called(CommandLine.argc, CommandLine.unsafeArgv)
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        let payload = try job.decodePayload(as: Payload.self)
        let arguments = payload.args ?? []
        guard allowed.contains(payload.command) else {
            throw JobFailure.discard("'\(payload.command.prefix(200))' is not in EXEC_ALLOW of this worker")
        }
        guard arguments.count <= Self.maxArguments,
            arguments.allSatisfy({ $0.utf8.count <= Self.maxArgumentBytes && !$0.utf8.contains(0) })
        else {
            throw JobFailure.discard(
                "args must be at most \(Self.maxArguments) strings of at most \(Self.maxArgumentBytes) bytes without NUL"
            )
        }
        let (status, stdout, stderr) = try await execute(payload.command, arguments, for: job)
        switch status {
        case .exited(0):
            return try .encoding(
                Output(
                    exitCode: 0,
                    stdout: String(decoding: stdout, as: UTF8.self),
                    stderr: String(decoding: stderr, as: UTF8.self)
                )
            )
        case .exited(let code):
            throw CommandFailed(reason: "ended with exit code \(code)", stderr: stderr)
        case .signaled(let signal):
            throw CommandFailed(reason: "was ended by signal \(signal)", stderr: stderr)
        }
    }

    private func execute(
        _ command: String,
        _ arguments: [String],
        for job: RunningJob
    ) async throws -> (TerminationStatus, [UInt8], [UInt8]) {
        var options = PlatformOptions()
        // Apart from the terminal and its signals.
        options.createSession = true
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: Self.grace)]
        let input = try UnlinkedFile.make(job.payload)
        defer { try? input.close() }
        let result = try await Subprocess.run(
            .path(guardian),
            arguments: Arguments(
                executablePathOverride: QF_GUARD_NAME,
                remainingValues: ["\(getpid())", account?.ids ?? "-", command] + arguments
            ),
            environment: .custom([
                "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "QUEUEFLOW_JOB_ID": job.id,
                "QUEUEFLOW_ATTEMPT": "\(job.attempt)",
            ]),
            workingDirectory: "/",
            platformOptions: options,
            input: .fileDescriptor(input, closeAfterSpawningProcess: false),
            output: .sequence,
            error: .sequence
        ) { execution in
            async let stdout = Self.read(execution.standardOutput)
            async let stderr = Self.read(execution.standardError)
            return try await (stdout, stderr)
        }
        try Task.checkCancellation()
        return (result.terminationStatus, result.closureResult.0, result.closureResult.1)
    }

    private static func read(_ output: SubprocessOutputSequence) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await buffer in output {
            guard bytes.count + buffer.count <= maxOutputBytes else {
                throw JobFailure.discard("the command wrote more than \(maxOutputBytes) bytes")
            }
            buffer.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}

/// A command that did not succeed.
struct CommandFailed: Error, CustomStringConvertible {
    private static let quotedBytes = 2_000

    /// How it ended.
    var reason: String
    /// What it wrote to its standard error.
    var stderr: [UInt8]

    /// Says how it ended, with the end of what it complained of.
    var description: String {
        let end = String(decoding: stderr.suffix(Self.quotedBytes), as: UTF8.self)
        return end.isEmpty ? "the command \(reason)" : "the command \(reason): \(end)"
    }
}

/// A file without a name, which is gone when its descriptor is closed.
///
/// What a command reads from it needs no writer that would have to outlast a command that does not read.
enum UnlinkedFile {
    /// Makes a file with some contents, to be read from its beginning. Whoever calls closes it.
    static func make(_ contents: some Sequence<UInt8>) throws -> FileDescriptor {
        let path = FileManager.default.temporaryDirectory.appending(path: "queueflow-\(UUID())").path
        let file = try FileDescriptor.open(
            FilePath(path),
            .readWrite,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        unlink(path)
        do {
            try file.writeAll(contents)
            try file.seek(offset: 0, from: .start)
            return file
        } catch {
            try? file.close()
            throw error
        }
    }
}
