import Foundation
import Synchronization

/// The built `dev-broker`, run by a test and killed with it.
final class DevBrokerProcess: Sendable {
    /// How a process ended.
    struct Exit: Sendable {
        let status: Int32
        let errors: String
    }

    /// Where it listens, as it says itself.
    let address: String
    /// The line it printed.
    let greeting: String
    private let running: Running

    /// Starts it and waits until it says that it listens.
    init(port: Int = 0) async throws {
        running = try Running(arguments: ["--port", "\(port)"], environment: [:])
        greeting = await running.firstLine()
        let words = greeting.split(separator: " ")
        address = words.first { $0.hasPrefix("127.0.0.1:") }.map { $0.trimmingCharacters(in: [";"]) } ?? ""
    }

    /// Runs it with arguments that make it end by itself.
    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Exit {
        try await Running(arguments: arguments, environment: environment).exit()
    }

    var port: Int { address.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

    /// Sends a signal and waits for the end.
    func end(with signal: Int32) async -> Exit {
        running.send(signal)
        return await running.exit()
    }
}

/// `@unchecked Sendable`: `Process` is started in `init` and afterwards only asked for its identifier; the pipes are read by
/// one thread each.
private final class Running: @unchecked Sendable {
    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private let hasEnded = DispatchGroup()

    init(arguments: [String], environment: [String: String]) throws {
        let directory = Bundle.main.executableURL?.deletingLastPathComponent() ?? URL(fileURLWithPath: ".")
        process.executableURL = directory.appendingPathComponent("dev-broker")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = errors
        hasEnded.enter()
        process.terminationHandler = { [hasEnded] _ in hasEnded.leave() }
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    func send(_ signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    func firstLine() async -> String {
        await onThread { [output] in
            var line = Data()
            while !line.contains(UInt8(ascii: "\n")) {
                let data = output.fileHandleForReading.availableData
                if data.isEmpty { break }
                line.append(data)
            }
            return String(decoding: line, as: UTF8.self)
        }
    }

    func exit() async -> DevBrokerProcess.Exit {
        await onThread { [self] in
            let text = (try? errors.fileHandleForReading.readToEnd()) ?? Data()
            hasEnded.wait()
            return DevBrokerProcess.Exit(
                status: process.terminationStatus,
                errors: String(decoding: text, as: UTF8.self)
            )
        }
    }

    private func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }
}
