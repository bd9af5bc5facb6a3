import Foundation
import HTTPTypes
import HummingbirdTesting
import JobCore
import NIOCore
import NIOPosix
import Testing

@testable import JobService

/// What only bytes on the wire can show.
@Suite(.timeLimit(.minutes(1)))
struct WireTests {
    @Test func aClientThatWaitsForTheWordGetsItBeforeItsBody() async throws {
        try await TestPlatform.shared().serve { api in
            let token = try await api.token(.user, tenant: "wire")
            try await exchange(api) { connection in
                let body = #"{"type":"t"}"#
                try await connection.send(
                    """
                    POST /jobs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r
                    Content-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\n\r\n
                    """
                )
                try await connection.read(until: "HTTP/1.1 100 Continue\r\n\r\n")
                try await connection.send(body)
                try await connection.read(until: "HTTP/1.1 201 Created\r\n")
            }
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await TestPlatform.shared().serve { api in
            try await exchange(api) { connection in
                let ids = (0..<20).map { "pipelined-\($0)" }
                let requests = ids.map { "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Request-Id: \($0)\r\n\r\n" }
                try await connection.send(requests.joined())
                for id in ids { try await connection.read(until: id) }
            }
        }
    }

    @Test func aProblemInAnswerToHEADHasNoBody() async throws {
        try await TestPlatform.shared().serve { api in
            try await exchange(api) { connection in
                try await connection.send(
                    "HEAD /jobs HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
                )
                try await connection.read(until: "HTTP/1.1 401 Unauthorized\r\n")
                let head = try await connection.read(until: "\r\n\r\n")
                #expect(head.lowercased().contains("content-type: application/problem+json"))
                let between = try await connection.read(until: "HTTP/1.1 200 OK\r\n")
                #expect(between == "HTTP/1.1 200 OK\r\n")
            }
        }
    }

    @Test func whatIsNotHTTPIsSentAway() async throws {
        try await TestPlatform.shared().serve { api in
            try await exchange(api) { connection in
                try await connection.send("HELLO\r\n\r\n")
                try await connection.read(until: "HTTP/1.1 400 Bad Request\r\n")
            }
        }
    }

    @Test func aBodyThatBreaksOffStoresNothing() async throws {
        try await TestPlatform.shared().serve { api in
            let token = try await api.token(.user, tenant: "broken-off")
            try await exchange(api) { connection in
                // A whole job, in a body that is said to be longer.
                try await connection.send(
                    """
                    POST /jobs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r
                    Content-Length: 100\r\n\r\n{"type":"t"}
                    """
                )
                connection.finish()
                let rest = try await connection.readToEnd()
                #expect(!rest.contains("201"))
            }
            let session = try await api.session(tenant: "broken-off")
            #expect(try await session.get("/jobs").json()["jobs"]?.array?.isEmpty == true)
        }
    }

    private func exchange(_ api: TestAPI, _ body: (inout WireConnection) async throws -> Void) async throws {
        let port = try #require(api.client.port)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "localhost", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            var connection = WireConnection(inbound: inbound, outbound: outbound)
            try await body(&connection)
        }
    }
}

/// A connection on which a test writes and reads bytes.
private struct WireConnection {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var unread = ""

    init(inbound: NIOAsyncChannelInboundStream<ByteBuffer>, outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    /// Sends nothing more.
    func finish() {
        outbound.finish()
    }

    /// Reads on until the text has come, and fails when the connection ends before.
    ///
    /// - Returns: What was read, the text included.
    @discardableResult
    mutating func read(until text: String) async throws -> String {
        while true {
            if let found = unread.range(of: text) {
                defer { unread.removeSubrange(..<found.upperBound) }
                return String(unread[..<found.upperBound])
            }
            let next = try await inbound.next()
            let buffer = try #require(next, "\(text) did not come, but: \(unread)")
            unread += String(buffer: buffer)
        }
    }

    /// Reads all there is until the other side ends the connection.
    mutating func readToEnd() async throws -> String {
        while let buffer = try await inbound.next() { unread += String(buffer: buffer) }
        return unread
    }
}
