import Foundation
import NIOHTTP1
import Synchronization
import TestSupport

@testable import QueueFlowCLI

/// A command line that was carried out in this process: what it printed and its status.
struct CommandRun: Sendable {
    let output: String
    let notes: String
    let status: Int32

    /// Carries out a command line.
    ///
    /// - Parameters:
    ///   - server: The server that `QUEUEFLOW_URL` names; nil leaves that out.
    ///   - environment: What the environment has besides that.
    ///   - input: What standard input has.
    ///   - directory: Where it is called; a place without a stack unless given.
    init(
        _ arguments: String...,
        server: TestHTTPServer? = nil,
        environment: [String: String] = [:],
        input: String = "",
        terminal: Terminal = Terminal(),
        directory: URL = URL(filePath: "/nonexistent", directoryHint: .isDirectory)
    ) async throws {
        try await self.init(
            arguments,
            server: server,
            environment: environment,
            input: input,
            terminal: terminal,
            directory: directory
        )
    }

    /// Carries out a command line that is given as an array.
    init(
        _ arguments: [String],
        server: TestHTTPServer? = nil,
        environment: [String: String] = [:],
        input: String = "",
        terminal: Terminal = Terminal(),
        directory: URL = URL(filePath: "/nonexistent", directoryHint: .isDirectory)
    ) async throws {
        let (output, notes) = (Text(), Text())
        var variables = ["HOME": "/nonexistent"]
        if let server {
            variables["QUEUEFLOW_URL"] = "http://127.0.0.1:\(server.port)"
            variables["QUEUEFLOW_API_KEY"] = "a-key"
        }
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try pipe.fileHandleForWriting.close()
        let surroundings = Surroundings(
            environment: variables.merging(environment) { $1 },
            directory: directory,
            output: output.console,
            notes: notes.console,
            input: StandardInput(descriptor: pipe.fileHandleForReading.fileDescriptor),
            terminal: terminal,
            now: { Self.now }
        )
        status = await Surroundings.$current.withValue(surroundings) { await QueueFlowCommand.run(arguments) }
        (self.output, self.notes) = (output.text, notes.text)
        withExtendedLifetime(pipe) {}
    }

    /// The time at which commands believe to run: 2026-11-26T12:00:00Z.
    static let now = Date(timeIntervalSince1970: 1_795_694_400)

    /// A directory that is removed after a body.
    static func inDirectory<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "queueflow-command-\(UUID().uuidString)",
            directoryHint: .isDirectory
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try await body(directory)
    }

    private final class Text: Sendable {
        private let kept = Mutex("")
        var text: String { kept.withLock { $0 } }
        var console: Console { .raw { text in self.kept.withLock { $0 += text } } }
    }
}

extension TestHTTPServer {
    /// Answers by method and path, such as `GET /jobs/1`, the query left out; what is not listed is not found.
    static func run(
        _ answers: [String: Answer],
        _ body: (TestHTTPServer) async throws -> Void
    ) async throws {
        try await run { asked in
            let path = asked.head.uri.prefix { $0 != "?" }
            return answers["\(asked.head.method) \(path)"]
                ?? .problem(404, "There is nothing at this path.")
        } _: { server in
            try await body(server)
        }
    }

    /// What was asked: method and target of each request.
    var calls: [String] { asked.map { "\($0.head.method) \($0.head.uri)" } }
}

extension TestHTTPServer.Answer {
    /// A problem document.
    static func problem(_ status: Int, _ detail: String, errors: String = "[]", headers: HTTPHeaders = [:]) -> Self {
        Self(
            status: HTTPResponseStatus(statusCode: status),
            headers: headers,
            body:
                #"{"type":"about:blank","status":\#(status),"detail":"\#(detail)","errors":\#(errors),"request_id":"r1"}"#
        )
    }

    /// JSON.
    static func json(_ body: String, status: HTTPResponseStatus = .ok) -> Self { Self(status: status, body: body) }
}
