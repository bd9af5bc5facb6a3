import NIOCore
import NIOPosix
import Testing

@testable import JobService

/// On real sockets, as only these hold back what is not taken.
@Suite(.timeLimit(.minutes(1)))
struct SlowReaderHandlerTests {
    /// Runs the body with a connection to a server that has `bytes` for it, and wants 8 KiB or all of them to be taken in each 300 ms.
    private func serve(_ bytes: Int, _ body: (_ client: any Channel, _ server: any Channel) async throws -> Void)
        async throws
    {
        let (accepted, continuation) = AsyncStream.makeStream(of: (any Channel).self)
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.socketOption(.so_sndbuf), value: 16 << 10)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = SlowReaderHandler(stretch: .milliseconds(300), least: 8 << 10)
                    try channel.pipeline.syncOperations.addHandler(handler)
                    continuation.yield(channel)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 16 << 10)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4 << 10))
            .channelOption(.maxMessagesPerRead, value: 1)
            .connect(to: try #require(listener.localAddress)).get()
        var connections = accepted.makeAsyncIterator()
        let server = try #require(await connections.next())
        server.writeAndFlush(ByteBuffer(repeating: 0, count: bytes), promise: nil)
        try await body(client, server)
        _ = try? await client.close()
        _ = try? await server.close()
        try await listener.close()
    }

    @Test func whoTakesNothingIsCutOff() async throws {
        try await serve(10 << 20) { _, server in
            let start = ContinuousClock.now
            try await server.closeFuture.get()
            #expect(ContinuousClock.now - start >= .milliseconds(290))
        }
    }

    @Test func whoTakesItInDropsIsCutOff() async throws {
        try await serve(10 << 20) { client, server in
            let reading = Task {
                while !Task.isCancelled {
                    client.read()
                    try await Task.sleep(for: .milliseconds(400))
                }
            }
            try await server.closeFuture.get()
            reading.cancel()
        }
    }

    @Test func whoTakesEnoughMayTakeItsTime() async throws {
        try await serve(2 << 20) { client, server in
            for _ in 0..<200 {
                client.read()
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(server.isActive)
        }
    }

    @Test func whatHasLeftLeavesNoTimer() async throws {
        try await serve(100) { _, server in
            try await Task.sleep(for: .milliseconds(700))
            #expect(server.isActive)
        }
    }
}
