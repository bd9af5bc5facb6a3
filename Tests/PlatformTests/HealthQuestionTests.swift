import LocalServers
import NIOHTTP1
import TestSupport
import Testing

@testable import Platform

@Suite(.timeLimit(.minutes(1))) struct HealthQuestionTests {
    private func ask(_ port: Int, _ bindAddress: String = "0.0.0.0") -> (isReady: Bool, text: String) {
        HealthQuestion(bindAddress: bindAddress, port: port).ask()
    }

    @Test(arguments: [(HTTPResponseStatus.ok, true), (.serviceUnavailable, false), (.notFound, false)])
    func itHearsWhatTheProcessSaysOfItself(_ status: HTTPResponseStatus, isReady: Bool) async throws {
        try await TestHTTPServer.run(answer: { _ in TestHTTPServer.Answer(status: status, body: "{}") }) { server in
            for address in ["0.0.0.0", "127.0.0.1", "localhost"] {
                let answer = ask(server.port, address)
                #expect(answer.isReady == isReady && answer.text == "{}", "\(answer)")
            }
            #expect(server.asked.map(\.head.uri) == ["/readyz", "/readyz", "/readyz"])
        }
    }

    /// More than fits a socket's buffer, from a process whose report is long.
    @Test func aLongReportIsReadAsFarAsItMatters() async throws {
        let body = String(repeating: "x", count: 1 << 20)
        try await TestHTTPServer.run(answer: { _ in TestHTTPServer.Answer(body: body) }) { server in
            let answer = ask(server.port)
            #expect(answer.isReady && answer.text.hasPrefix("xxx"))
        }
    }

    @Test func aProcessThatSaysNothingIsNotReady() async throws {
        try await TestHTTPServer.run(answer: { _ in .cutOff }) { server in
            let answer = ask(server.port)
            #expect(!answer.isReady && answer.text == "127.0.0.1:\(server.port) answers with nothing")
        }
        let port = try FreePort.find()
        let answer = ask(port, "::")
        #expect(!answer.isReady && answer.text == "::1:\(port): Connection refused", "\(answer)")
    }
}
