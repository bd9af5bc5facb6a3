public import Foundation

/// A program to run: its executable, arguments, environment and working directory.
///
/// The environment is the whole environment of the new process; nothing is inherited. Start from
/// ``LaunchCommand/inheritedEnvironment`` to pass on what the current process has.
public struct LaunchCommand: Sendable, Hashable {
    /// The absolute path of the executable.
    public var executable: String
    /// The arguments after the program's own name.
    public var arguments: [String]
    /// The whole environment of the new process.
    public var environment: [String: String]
    /// The directory in which the process starts; nil for the current one.
    public var workingDirectory: URL?

    /// Makes a command.
    ///
    /// - Parameters:
    ///   - executable: The absolute path of the executable.
    ///   - arguments: The arguments after the program's own name.
    ///   - environment: The whole environment of the new process.
    ///   - workingDirectory: The directory in which the process starts; nil for the current one.
    public init(
        executable: String,
        arguments: [String] = [],
        environment: [String: String] = LaunchCommand.inheritedEnvironment,
        workingDirectory: URL? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    /// The environment of the current process.
    public static var inheritedEnvironment: [String: String] { ProcessInfo.processInfo.environment }

    /// The few variables any program needs (`PATH`, `HOME`, `TMPDIR`), so that nothing else of the caller's
    /// environment (`PGHOST`, `LC_ALL`, ...) can change what a server does.
    public static var minimalEnvironment: [String: String] {
        var environment = inheritedEnvironment.filter { ["PATH", "HOME", "TMPDIR"].contains($0.key) }
        environment["LC_ALL"] = "C"
        return environment
    }
}
