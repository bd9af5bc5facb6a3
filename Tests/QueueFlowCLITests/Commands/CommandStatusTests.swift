import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import QueueFlowCLI

/// How command lines end, and the one line that they say about it.
@Suite(.timeLimit(.minutes(1))) struct CommandStatusTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var answer: TestHTTPServer.Answer
        var status: CommandStatus
        var says: String
        var testDescription: String { "\(answer.status.code) is \(status)" }
    }

    static let cases: [Case] = [
        Case(
            answer: .problem(404, "There is no job with this id."),
            status: .notFound,
            says: "There is no job with this id."
        ),
        Case(answer: .problem(410, "The job has been removed."), status: .notFound, says: "The job has been removed."),
        Case(
            answer: .problem(401, "The key is unknown."),
            status: .authentication,
            says: "the API key is not accepted: The key is unknown"
        ),
        Case(
            answer: .problem(403, "Your role may not do this."),
            status: .authentication,
            says: "whoami tells who you are"
        ),
        Case(answer: .problem(409, "The job runs."), status: .conflict, says: "The job runs."),
        Case(answer: .problem(412, "It has changed."), status: .conflict, says: "It has changed."),
        Case(
            answer: .problem(
                422,
                "Bad.",
                errors: #"[{"field":"id","detail":"must be a UUID"},{"field":"wait","detail":"is too long"}]"#
            ),
            status: .usage,
            says: "id: must be a UUID; wait: is too long"
        ),
        Case(answer: .problem(500, "Something failed."), status: .failure, says: "request r1 in the server's log"),
        Case(
            answer: .problem(503, "The database is away.", headers: ["Retry-After": "30"]),
            status: .unreachable,
            says: "The database is away; try again in 30 s"
        ),
        Case(answer: .problem(504, "Too slow."), status: .unreachable, says: "Too slow; try again"),
        Case(
            answer: .problem(404, "There is nothing at this path."),
            status: .failure,
            says: "is too old for this command"
        ),
        Case(answer: .problem(405, "GET is not allowed."), status: .failure, says: "is too old for this command"),
        Case(answer: .json("<html>", status: .notFound), status: .failure, says: "is no QueueFlow"),
        Case(answer: .json("not json"), status: .failure, says: "answers GET /jobs/0198 with what is no JSON"),
        Case(answer: .json("{}"), status: .failure, says: "with JSON without the member 'id'"),
        Case(answer: .json(" "), status: .failure, says: "with nothing; is this the address of a QueueFlow"),
        Case(answer: .json("<!doctype html>"), status: .failure, says: "with a web page"),
        Case(
            answer: .json("<html>502 Bad Gateway</html>", status: .badGateway),
            status: .unreachable,
            says: "a proxy answers for"
        ),
        Case(answer: .json("<html>", status: .badRequest), status: .failure, says: "400 Bad Request and a web page"),
        Case(
            answer: .init(status: .found, headers: ["Location": "https://sso.example"]),
            status: .failure,
            says: "on to https://sso.example (302 Found)"
        ),
        Case(answer: .cutOff, status: .unreachable, says: "does not answer"),
    ]

    @Test(arguments: cases)
    func anAnswerDecidesHowACommandEnds(_ expected: Case) async throws {
        try await TestHTTPServer.run { _ in
            expected.answer
        } _: { server in
            let run = try await CommandRun("jobs", "get", "0198", server: server)
            #expect(run.status == expected.status.rawValue)
            #expect(run.notes.hasPrefix("Error: ") && run.notes.contains(expected.says), "\(run.notes)")
            #expect(run.notes.filter { $0 == "\n" }.count == 1, "one line: \(run.notes)")
            #expect(run.output == "")
        }
    }

    /// What is promised as a list is never taken for an empty one.
    @Test(arguments: [
        "jobs list", "queues list", "workers list", "dlq list", "dlq groups", "schedules list", "users list",
        "keys list",
        "tenants list", "audit", "ops list", "jobs count", "jobs explain j", "jobs wait j", "jobs log j", "ops watch o",
        "jobs retry --state dead", "jobs submit x", "jobs watch", "schedules pause nightly", "whoami",
    ])
    func whatIsPromisedAndNotThereIsTold(_ line: String) async throws {
        for body in ["{}", "[]", "<html></html>"] {
            try await TestHTTPServer.run { _ in
                .json(body)
            } _: { server in
                let run = try await CommandRun(line.split(separator: " ").map(String.init), server: server)
                #expect(run.status == CommandStatus.failure.rawValue && run.output == "", "\(run)")
                #expect(run.notes.contains("is this the address of a QueueFlow"), "\(run.notes)")
                #expect(run.notes.filter { $0 == "\n" }.count == 1, "one line: \(run.notes)")
            }
        }
    }

    @Test func whatDoesNotSpeakHTTPIsTold() async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.pipeline.addHandler(Greeter()) }
            .bind(host: "127.0.0.1", port: 0).get()
        let url = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
        let run = try await CommandRun("jobs", "list", environment: ["QUEUEFLOW_URL": url])
        try await channel.close()
        #expect(run.status == CommandStatus.failure.rawValue)
        #expect(run.notes.hasPrefix("Error: what listens at \(url) does not speak HTTP"), "\(run.notes)")
    }

    /// Answers like a mail server, whatever it is asked.
    private final class Greeter: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "220 mail.example ESMTP\r\n")), promise: nil)
        }
    }

    @Test(arguments: ["/dev/full", "|"]) func outputThatCannotBeWritten(_ output: String) async throws {
        for line in ["cron next '@daily'", "profile list -o json", "--help", "completion bash"] {
            let script =
                output == "|"
                ? #"{ sleep 0.3; "$0" \#(line); echo $? >&2; } | true"# : #""$0" \#(line) >\#(output); echo $? >&2"#
            let process = Process()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = ["-c", script, StackUnderTest.queueflow]
            let pipe = Pipe()
            process.standardError = pipe
            try process.run()
            let said = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            process.waitUntilExit()
            let expected =
                output == "|" ? "141\n" : "Error: cannot write output: No space left on device\n1\n"
            #expect(said == expected, "\(line)")
        }
    }

    @Test func nobodyListens() async throws {
        let run = try await CommandRun("jobs", "list", environment: ["QUEUEFLOW_URL": "http://127.0.0.1:1"])
        #expect(run.status == CommandStatus.unreachable.rawValue)
        #expect(run.notes.contains("http://127.0.0.1:1 does not answer: connection refused"), "\(run.notes)")
    }

    @Test func aServerThatSaysNothingIsNotWaitedForForever() async throws {
        try await TestHTTPServer.run { _ in
            .silence
        } _: { server in
            let run = try await CommandRun("jobs", "list", "--request-timeout", "0.2", server: server)
            #expect(run.status == CommandStatus.unreachable.rawValue)
        }
    }

    @Test func whatIsRefusedForNowIsAskedAgain() async throws {
        let answers = [
            TestHTTPServer.Answer.problem(429, "Slow down.", headers: ["Retry-After": "0"]), .json(#"{"jobs":[]}"#),
        ]
        let turn = Turn()
        try await TestHTTPServer.run { _ in
            answers[min(turn.next(), 1)]
        } _: { server in
            let run = try await CommandRun("jobs", "list", server: server)
            #expect(run.status == 0 && server.asked.count == 2, "\(run)")
        }
    }

    @Test(arguments: [
        ["jobs", "nonsense"], ["jobs", "list", "--limit", "many"], ["jobs", "submit"], ["nonsense"],
        ["jobs", "list", "--columns", "colour"], ["jobs", "delete"], ["jobs", "list", "--url", "nonsense"],
        ["tenants", "edit", "acme"], ["jobs", "submit", "x", "--payload", "{"],
    ])
    func wrongUsage(_ arguments: [String]) async throws {
        try await TestHTTPServer.run { _ in
            .json(#"{"jobs":[]}"#)
        } _: { server in
            let run = try await CommandRun(arguments, server: server)
            #expect(run.status == CommandStatus.usage.rawValue, "\(run)")
            #expect(run.notes.hasPrefix("Error: "), "\(run.notes)")
        }
    }

    @Test func noServerIsNamed() async throws {
        let run = try await CommandRun("jobs", "list")
        #expect(run.status == CommandStatus.usage.rawValue)
        #expect(run.notes.contains("queueflow login --url URL"), "\(run.notes)")
    }

    @Test func helpIsNoFailure() async throws {
        let run = try await CommandRun("jobs", "--help")
        #expect(run.status == 0 && run.output.contains("submit") && run.notes == "", "\(run)")
    }
}

/// Counts from 0 on.
final class Turn: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
