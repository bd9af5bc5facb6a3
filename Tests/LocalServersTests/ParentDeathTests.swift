import Foundation
import Testing

@testable import LocalServers

/// What remains when the process that started servers is killed: nothing.
@Suite(.timeLimit(.minutes(1))) struct ParentDeathTests {
    private struct Server {
        let name: String
        let pid: Int32
        let directory: String
    }

    @Test func nothingOutlivesAKilledParent() async throws {
        try await withScratchDirectory { scratch in
            let log = scratch.appending(path: "log")
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let fixture = URL(filePath: own).deletingLastPathComponent().appending(path: "LeashFixture").path
            let parent = try await LeashedProcess.start(LaunchCommand(executable: fixture), log: log)
            try await eventually("the fixture has started its servers") {
                parse(LogTail.read(log)).count == 2 || parent.exitStatus != nil
            }
            let servers = parse(LogTail.read(log))
            try #require(servers.map(\.name) == ["postgres", "redis"], "\(LogTail.read(log))")
            for server in servers {
                #expect(isRunning(server.pid), "\(server.name)")
                #expect(FileManager.default.fileExists(atPath: server.directory))
            }

            kill(parent.pid, SIGKILL)

            for server in servers {
                try await eventually("\(server.name) has ended") { !isRunning(server.pid) }
                try await eventually("the directory of \(server.name) is gone") {
                    !FileManager.default.fileExists(atPath: server.directory)
                }
            }
            await parent.release()
        }
    }

    private func parse(_ text: String) -> [Server] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3, let pid = Int32(words[1]) else { return nil }
            return Server(name: words[0], pid: pid, directory: words[2])
        }
    }
}
