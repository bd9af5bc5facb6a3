import Foundation

/// Runs the Python scripts of `Tests/Interop` in the environment that `make test` sets up.
public struct Python: Sendable {
    private let executable: String
    private static let scripts = Script.repository.appending(path: "Tests/Interop")

    /// Finds the interpreter.
    /// - Throws: an explanation if `QUEUEFLOW_PYTHON` is not set.
    public init() throws {
        guard let path = ProcessInfo.processInfo.environment["QUEUEFLOW_PYTHON"], !path.isEmpty else {
            throw Missing()
        }
        executable = path
    }

    /// There is no such Python.
    public struct Missing: Error, CustomStringConvertible {
        /// What to do about it.
        public let description = """
            QUEUEFLOW_PYTHON is not set. It must name a Python with the packages of Tests/Interop/requirements.txt; \
            'make test' sets up one.
            """
    }

    /// Runs a script to its end; what it printed, and its exit code.
    ///
    /// - Parameter variables: What its environment has besides that of this process.
    public func run(
        _ script: String,
        _ arguments: [String],
        _ variables: [String: String] = [:]
    ) async throws -> (output: String, code: Int32) {
        let process = process(script, arguments)
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        return try await process.runToEnd()
    }

    /// Runs `body` while a script runs, which is ended afterwards. `body` gets the first line that the script prints.
    public func with<R: Sendable>(
        _ script: String,
        _ arguments: [String],
        _ body: @Sendable (String) async throws -> R
    ) async throws -> R {
        let process = process(script, arguments)
        let pipe = Pipe()
        process.standardOutput = pipe
        // The script ends when its standard input does, so also if this process is killed.
        process.standardInput = Pipe()
        try process.run()
        defer { process.terminate() }
        let line: String = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var line = Data()
                while let byte = try? pipe.fileHandleForReading.read(upToCount: 1), byte.first ?? 10 != 10 {
                    line += byte
                }
                continuation.resume(returning: String(decoding: line, as: UTF8.self))
            }
        }
        return try await body(line)
    }

    private func process(_ script: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = [Self.scripts.appending(path: script).path()] + arguments
        return process
    }
}
