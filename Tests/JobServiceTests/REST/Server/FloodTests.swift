import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import JobService
@testable import JobStore

/// Clients that send more than anybody means to. Client and server share this process, so its memory bounds both.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct FloodTests {
    private static let flood = 100 << 20

    @Test(arguments: ["/jobs", "/jobs/batch", "/login"])
    func ahundredMegabytesAreRefusedWhileTheyArrive(_ path: String) async throws {
        try await TestPlatform.shared().serve { api in
            let token = try await api.token(.user, tenant: "flood")
            let before = try Self.residentBytes()
            let piece = String(repeating: " ", count: 1 << 20)
            try await api.exchange { connection in
                try await connection.send(
                    """
                    POST \(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r
                    Transfer-Encoding: chunked\r\n\r\n
                    """
                )
                // The server answers and ends the connection long before all is sent.
                for _ in 0..<(Self.flood >> 20) {
                    guard (try? await connection.send("100000\r\n\(piece)\r\n")) != nil else { break }
                }
            }
            #expect(try Self.residentBytes() - before < 160 << 20)
            #expect(try await api.anonymous.get("/healthz").status == .ok)
        }
    }

    @Test func whatSaysThatItIsTooLargeIsNotRead() async throws {
        try await TestPlatform.shared().serve { api in
            let token = try await api.token(.user, tenant: "flood")
            try await api.exchange { connection in
                try await connection.send(
                    """
                    POST /jobs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r
                    Content-Length: \(Self.flood)\r\n\r\n
                    """
                )
                try await connection.read(until: "HTTP/1.1 413 ")
            }
        }
    }

    @Test func headersWithoutEndAreCutOff() async throws {
        try await TestPlatform.shared().serve { api in
            let before = try Self.residentBytes()
            for line in ["x: y\r\n", "x: \(String(repeating: "y", count: 60_000))\r\n", "y"] {
                try await api.exchange { connection in
                    try await connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n" + (line == "y" ? "x: " : ""))
                    let lines = String(repeating: line, count: max(1, 600_000 / line.utf8.count))
                    for _ in 0..<10 {
                        guard (try? await connection.send(lines)) != nil else { break }
                    }
                    let answer = (try? await connection.readToEnd()) ?? ""
                    #expect(!answer.contains("200 OK"))
                }
            }
            #expect(try Self.residentBytes() - before < 64 << 20)
            #expect(try await api.anonymous.get("/healthz").status == .ok)
        }
    }

    /// Bodies of random bytes, and of JSON with a few bytes changed.
    @Test func bodiesOfAnyKindAreRefusedOrTaken() async throws {
        var seed = SystemRandomNumberGenerator()
        let number = UInt64.random(in: 0...UInt64.max, using: &seed)
        print("bodiesOfAnyKindAreRefusedOrTaken: seed \(number)")
        try await TestPlatform.shared().serve { api in
            var random = SeededGenerator(seed: number)
            let session = try await api.session(.admin, tenant: "fuzz")
            let sample = Array(
                #"{"type":"t","queue":"q","payload":{"a":[1,2.5e3,"x\u00e9"]},"retry":{"base":1},"tags":["a"],"delay":1}"#
                    .utf8
            )
            for round in 0..<400 {
                var bytes = sample
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[place] = UInt8.random(in: 0...255, using: &random)
                }
                if round.isMultiple(of: 7) { bytes = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) } }
                let path = ["/jobs", "/jobs/batch", "/tasks/submit", "/dead-letters/replay"][round % 4]
                let response = try await api.client.executeRequest(
                    uri: path,
                    method: .post,
                    headers: session.headers,
                    body: ByteBuffer(bytes: round % 4 == 1 ? Array("[".utf8) + bytes + Array("]".utf8) : bytes)
                )
                #expect(
                    [200, 201, 400, 422].contains(response.status.code),
                    "\(String(decoding: bytes, as: UTF8.self))"
                )
            }
        }
    }

    /// How much memory the process has, as Linux counts it.
    private static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1])) * 4_096
    }
}
