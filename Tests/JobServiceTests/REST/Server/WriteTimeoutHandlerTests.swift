import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import JobService

@Suite struct WriteTimeoutHandlerTests {
    /// Holds what is written until it is let go, as a client does that reads nothing.
    private final class Dam: ChannelOutboundHandler {
        typealias OutboundIn = HTTPResponsePart

        var held: [EventLoopPromise<Void>?] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            held.append(promise)
        }
    }

    @Test func aClientThatTakesNothingIsCutOff() throws {
        let loop = EmbeddedEventLoop()
        let channel = EmbeddedChannel(loop: loop)
        let dam = Dam()
        try channel.pipeline.syncOperations.addHandlers([dam, WriteTimeoutHandler(timeout: .seconds(60))])
        try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .ok)), promise: nil)
        channel.writeAndFlush(HTTPResponsePart.body(ByteBuffer(string: "x")), promise: nil)
        loop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        // One part gets through: the other has the whole time again.
        dam.held[0]?.succeed(())
        loop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        loop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
        dam.held[1]?.fail(ChannelError.ioOnClosedChannel)
    }

    @Test func anAnswerThatWentOutLeavesNoTimer() throws {
        let loop = EmbeddedEventLoop()
        let channel = EmbeddedChannel(loop: loop)
        let dam = Dam()
        try channel.pipeline.syncOperations.addHandlers([dam, WriteTimeoutHandler(timeout: .seconds(60))])
        try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .ok)), promise: nil)
        dam.held[0]?.succeed(())
        loop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
    }
}
