import Foundation
import Testing

@testable import LocalServers

@Suite(.timeLimit(.minutes(1))) struct ServerProbeTests {
    private func problem(_ probe: (Int) async throws(LocalServerError) -> Void, answer: [UInt8]?) async throws
        -> String?
    {
        let server = try OneAnswerServer(answer: answer)
        defer { withExtendedLifetime(server) {} }
        do {
            try await probe(server.port)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func nothingListening() async throws {
        let port = try FreePort.find()
        let error = await #expect(throws: LocalServerError.self) {
            try await ServerProbe.tcp(host: "127.0.0.1", port: port)
        }
        #expect(error == .probe(server: "127.0.0.1:\(port)", problem: "Connection refused"))
    }

    @Test func aNameThatDoesNotExist() async {
        await #expect(throws: LocalServerError.self) {
            try await ServerProbe.tcp(host: "no-such-host.invalid", port: 1)
        }
    }

    @Test func aSilentServerCostsNoMoreThanTheLimit() async throws {
        let start = ContinuousClock.now
        let found = try await problem(
            { (port) async throws(LocalServerError) in
                try await ServerProbe.redis(host: "127.0.0.1", port: port, within: .milliseconds(100))
            },
            answer: nil
        )
        #expect(found?.contains("no answer in time") == true)
        #expect(ContinuousClock.now - start >= .milliseconds(100))
    }

    @Test func postgresIsReadyWhenItAsksForAPassword() async throws {
        #expect(try await postgres([UInt8(ascii: "R"), 0, 0, 0, 8, 0, 0, 0, 10]) == nil)
    }

    @Test func postgresThatIsStartingUpIsNotReady() async throws {
        let fields = "SFATAL\0C57P03\0Mthe database system is starting up\0\0"
        let answer = [UInt8(ascii: "E"), 0, 0, 0, UInt8(4 + fields.utf8.count)] + Array(fields.utf8)
        #expect(try await postgres(answer)?.hasSuffix(": the database system is starting up") == true)
    }

    @Test func anotherServerOnThePortIsNotPostgres() async throws {
        #expect(try await postgres(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)) != nil)
    }

    private func postgres(_ answer: [UInt8]) async throws -> String? {
        try await problem(
            { (port) async throws(LocalServerError) in
                try await ServerProbe.postgres(host: "127.0.0.1", port: port, user: "u", within: .seconds(10))
            },
            answer: answer
        )
    }

    @Test func kafkaIsReadyWhenItNamesABroker() async throws {
        // Size, correlation id 1, one broker: id 0, host "h", port 9092, no rack; then what follows.
        let body: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 104, 0, 0, 35, 132, 255, 255]
        #expect(try await kafka([0, 0, 0, UInt8(body.count)] + body) == nil)
    }

    @Test func kafkaWithoutABrokerIsNotReady() async throws {
        #expect(try await kafka([0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0])?.hasSuffix("it names no broker") == true)
    }

    @Test func anAnswerToAnotherRequestDoesNotCount() async throws {
        #expect(try await kafka([0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 1]) != nil)
    }

    private func kafka(_ answer: [UInt8]) async throws -> String? {
        try await problem(
            { (port) async throws(LocalServerError) in
                try await ServerProbe.kafka(host: "127.0.0.1", port: port, within: .seconds(10))
            },
            answer: answer
        )
    }
}
