import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import JobService

/// Clients that hold connections, and say nothing or read nothing, by sockets of their own.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct SilentConnectionTests {
    /// Those of one address make room for each other; those of a proxy, for all.
    @Test(arguments: ["192.0.2.1", "127.0.0.0/8"])
    func thousandsThatSayNothingKeepNobodyWaiting(_ proxies: String) async throws {
        let platform = try await TestPlatform(
            url: await TestServers.shared.database(),
            variables: ["trusted.proxies": proxies]
        )
        let count = SilentCrowd.most(5_000)
        try await platform.serve { api in
            let port = try #require(api.client.port)
            let crowd = SilentCrowd()
            await crowd.connect(count, to: port)
            async let more: Void = crowd.connect(min(count, 500), to: port, saying: "GET /healthz HT")
            var times: [Duration] = []
            for _ in 0..<100 {
                let start = ContinuousClock.now
                try await api.exchange { connection in
                    try await connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    try await connection.read(until: "HTTP/1.1 200 OK\r\n")
                }
                times.append(ContinuousClock.now - start)
            }
            await more
            times.sort()
            #expect(times[50] < .milliseconds(100), "the median is \(times[50])")
            #expect(times[99] < .seconds(2), "the longest is \(times[99])")
            // Those that wait to be accepted are open, too.
            let most = proxies == "192.0.2.1" ? 1_024 : 4_096
            let end = ContinuousClock.now + .seconds(5)
            while crowd.open() > most, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
            #expect(crowd.open() <= most, "\(crowd.open()) of them are open")
        }
        await platform.close()
    }

    @Test func whatSaysNothingOrHalfAHeadIsClosedInTime() async throws {
        try await TestPlatform.shared().serve { api in
            let port = try #require(api.client.port)
            let (silent, half, working) = (SilentCrowd(), SilentCrowd(), SilentCrowd())
            await silent.connect(20, to: port)
            await half.connect(20, to: port, saying: "POST /login HTTP/1.1\r\nHost: a\r\nX:")
            await working.connect(20, to: port, saying: "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(silent.open() == 20 && half.open() == 20)
            let start = ContinuousClock.now
            while silent.open() + half.open() > 0, ContinuousClock.now - start < .seconds(20) {
                try await Task.sleep(for: .milliseconds(100))
            }
            let passed = ContinuousClock.now - start
            #expect(passed > .seconds(8) && passed < .seconds(14), "it took \(passed)")
            #expect(working.open() == 20)
        }
    }

    /// It asks for far more than any buffer holds, and takes nothing of it.
    @Test func whoReadsNothingIsCutOff() async throws {
        try await TestPlatform.shared().serve { api in
            let port = try #require(api.client.port)
            let crowd = SilentCrowd()
            let asked = 500
            let request = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
            await crowd.connect(1, to: port, saying: String(repeating: request, count: asked))
            // Longer than one stretch of time, in which nothing leaves.
            try await Task.sleep(for: .seconds(25))
            let answers = String(decoding: await crowd.readToEnd(0), as: UTF8.self)
            let count = answers.components(separatedBy: "HTTP/1.1 200 OK").count - 1
            #expect(count > 0 && count < asked, "\(count) of \(asked) answers")
        }
    }
}
