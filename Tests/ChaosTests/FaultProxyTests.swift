import NIOCore
import NIOPosix
import Testing

@testable import Chaos

@Suite(.timeLimit(.minutes(1))) struct FaultProxyTests {
    /// Runs a body with a connection through a proxy to a server that answers what it gets.
    private func withEcho(
        _ body: (FaultProxy, NIOAsyncChannel<ByteBuffer, ByteBuffer>) async throws -> Void
    ) async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = try await FaultProxy.start(to: try #require(server.localAddress?.port))
        let client = try await Self.connect(to: proxy)
        try await body(proxy, client)
        await proxy.stop()
        try await server.close()
    }

    private static func connect(to proxy: FaultProxy) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: proxy.port) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
    }

    @Test func whatIsOpenPassesInBothDirections() async throws {
        try await withEcho { _, client in
            try await client.executeThenClose { inbound, outbound in
                let sent = ByteBuffer(repeating: 7, count: 1 << 20)
                async let writing: Void = outbound.write(sent)
                var received = 0
                for try await part in inbound {
                    received += part.readableBytes
                    if received == 1 << 20 { break }
                }
                try await writing
                #expect(received == 1 << 20)
            }
        }
    }

    @Test func whatIsCutIsReset() async throws {
        try await withEcho { proxy, client in
            try await client.executeThenClose { inbound, _ in
                try await proxy.set(.cut)
                await #expect(throws: (any Error).self) {
                    for try await _ in inbound {}
                    throw ChannelError.eof
                }
            }
            let next = try? await Self.connect(to: proxy)
            try await next?.executeThenClose { inbound, _ in
                let parts = try? await inbound.reduce(into: 0) { $0 += $1.readableBytes }
                #expect((parts ?? 0) == 0)
            }
        }
    }

    @Test func whatIsSilentComesLater() async throws {
        try await withEcho { proxy, client in
            try await client.executeThenClose { inbound, outbound in
                try await proxy.set(.silent)
                try await outbound.write(ByteBuffer(string: "late"))
                let clock = ContinuousClock()
                let start = clock.now
                async let opening: Void = {
                    try await Task.sleep(for: .milliseconds(200))
                    try await proxy.set(.open)
                }()
                let answer = try await inbound.first { _ in true }
                try await opening
                #expect(answer == ByteBuffer(string: "late"))
                #expect(clock.now - start >= .milliseconds(200))
            }
        }
    }

    @Test func whatIsSlowTakesItsTime() async throws {
        try await withEcho { proxy, client in
            try await client.executeThenClose { inbound, outbound in
                try await proxy.set(.slow(.milliseconds(100)))
                let clock = ContinuousClock()
                let start = clock.now
                try await outbound.write(ByteBuffer(string: "slow"))
                let answer = try await inbound.first { _ in true }
                #expect(answer == ByteBuffer(string: "slow"))
                #expect(clock.now - start >= .milliseconds(200))
            }
        }
    }

    /// What is on its slow way when the mode changes is not overtaken by what comes after it.
    @Test func whatWasSlowStaysInOrder() async throws {
        try await withEcho { proxy, client in
            try await client.executeThenClose { inbound, outbound in
                try await proxy.set(.slow(.milliseconds(100)))
                try await outbound.write(ByteBuffer(string: "first "))
                try await Task.sleep(for: .milliseconds(20))
                try await proxy.set(.open)
                try await outbound.write(ByteBuffer(string: "second"))
                var received = ""
                for try await part in inbound {
                    received += String(buffer: part)
                    if received.count >= 12 { break }
                }
                #expect(received == "first second")
            }
        }
    }
}

private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(data, promise: nil)
    }
}
