import Foundation
import LocalServers
import Synchronization
import Testing

@testable import QueueFlowCLI

@Suite(.timeLimit(.minutes(1))) struct LogsTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        private let (stream, continuation) = AsyncStream<String>.makeStream()

        var console: Console {
            Console { line in
                self.lines.withLock { $0.append(line) }
                self.continuation.yield(line)
            }
        }

        var all: [String] { lines.withLock { $0 } }

        /// Waits for a line; the lines before it are passed over.
        func wait(for wanted: String) async {
            for await line in stream where line == wanted { return }
        }
    }

    private func withLogs(_ body: (StackDirectory) async throws -> Void) async throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "logs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: parent) }
        let directory = StackDirectory(in: parent)
        try directory.make(openTo: nil)
        try await body(directory)
    }

    private func append(_ text: String, to file: URL) throws {
        if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    @Test func theEndsOfAllLogsAreShownWithTheirNames() async throws {
        try await withLogs { directory in
            try append("one\ntwo\nthree\n", to: directory.log(of: .worker))
            try append("four\n", to: directory.log(of: .jobService))
            let lines = Lines()
            let reader = try LogReader(directory: directory, services: StackService.allCases, console: lines.console)
            reader.show(lines: 2)
            #expect(lines.all == ["job-service | four", "worker      | two", "worker      | three"])
        }
    }

    @Test func oneLogIsShownAsItIs() async throws {
        try await withLogs { directory in
            try append("one\n", to: directory.log(of: .worker))
            let lines = Lines()
            try LogReader(directory: directory, services: [.worker], console: lines.console).show(lines: 20)
            #expect(lines.all == ["one"])
        }
    }

    @Test func addedLinesAreFollowedAlsoIntoANewFile() async throws {
        try await withLogs { directory in
            let log = directory.log(of: .worker)
            try append("one\n", to: log)
            let lines = Lines()
            let reader = try LogReader(directory: directory, services: [.worker], console: lines.console)
            let following = Task { try await reader.follow(lines: 20) }
            await lines.wait(for: "one")
            try append("two\n", to: log)
            await lines.wait(for: "two")
            rename(log.path, log.path + ".1")
            try append("three\n", to: log)
            await lines.wait(for: "three")
            following.cancel()
            _ = await following.result
            #expect(lines.all == ["one", "two", "three"])
        }
    }
}
