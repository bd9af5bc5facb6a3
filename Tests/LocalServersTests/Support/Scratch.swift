import Foundation
import LocalServers

/// A directory for one test, removed afterwards.
func withScratchDirectory<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "local-servers-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(directory)
}

/// Runs a command to its end and returns what it printed.
func output(of executable: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> [String]
{
    let command = LaunchCommand(
        executable: executable,
        arguments: arguments,
        environment: LaunchCommand.minimalEnvironment.merging(environment) { $1 }
    )
    var lines: [String] = []
    try await command.forEachLine { lines.append($0) }
    return lines
}

/// Whether there is a process with this id that has not ended.
func isRunning(_ pid: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let name = stat.lastIndex(of: ")")
    else { return false }
    return !stat[name...].dropFirst(2).hasPrefix("Z")
}

/// Waits for something that happens in processes which are not this one's children, so that nothing announces it.
func eventually(_ what: String, within limit: Duration = .seconds(30), _ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + limit
    while !condition() {
        if ContinuousClock.now > deadline { throw TestError("in vain: waiting until \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
