package import Foundation

/// A script of the repository, such as `deploy/dev/k6`, run from the repository's root.
public struct Script: Sendable {
    private let path: String

    /// The root of the repository.
    package static let repository = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// - Parameter path: Where the script is, from the root of the repository.
    public init(_ path: String) {
        self.path = path
    }

    /// Runs the script to its end; what it printed, and its exit code.
    ///
    /// - Parameter variables: What its environment has besides that of this process.
    public func run(
        _ arguments: [String] = [],
        _ variables: [String: String] = [:]
    ) async throws -> (output: String, code: Int32) {
        let process = Process()
        process.executableURL = Self.repository.appending(path: path)
        process.arguments = arguments
        process.currentDirectoryURL = Self.repository
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        return try await process.runToEnd()
    }
}

extension Process {
    /// Runs to the end, or until the task is cancelled.
    ///
    /// - Returns: All that was printed, to standard output and standard error, and the exit code.
    package func runToEnd() async throws -> (output: String, code: Int32) {
        let pipe = Pipe()
        standardOutput = pipe
        standardError = pipe
        try run()
        return await withTaskCancellationHandler {
            // A thread of its own, since it blocks until the process ends.
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    let output = pipe.fileHandleForReading.readDataToEndOfFile()
                    self.waitUntilExit()
                    continuation.resume(returning: (String(decoding: output, as: UTF8.self), self.terminationStatus))
                }
            }
        } onCancel: {
            terminate()
        }
    }
}
