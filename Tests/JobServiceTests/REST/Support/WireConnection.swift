import Foundation
import HummingbirdTesting
import NIOCore
import NIOPosix
import Testing

extension TestAPI {
    /// Opens a connection of its own to the API for as long as the body runs.
    func exchange(_ body: (inout WireConnection) async throws -> Void) async throws {
        let port = try #require(client.port)
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
struct WireConnection {
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
