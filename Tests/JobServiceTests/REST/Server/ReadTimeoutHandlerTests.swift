import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import JobService

struct ReadTimeoutHandlerTests {
    private let head = HTTPRequestPart.head(HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/jobs"))
    private let body = HTTPRequestPart.body(ByteBuffer(string: "x"))

    private func channel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let handler = ReadTimeoutHandler(headTimeout: .seconds(10), timeout: .seconds(30))
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    @Test func whoSaysNothingIsCutOff() throws {
        let channel = try channel()
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    /// A connection may rest between two requests; that is the idle timeout's business.
    @Test func whoHasSaidSomethingMayRest() throws {
        let channel = try channel()
        try channel.writeInbound(head)
        try channel.writeInbound(HTTPRequestPart.end(nil))
        channel.embeddedEventLoop.advanceTime(by: .seconds(600))
        #expect(channel.isActive)
    }

    @Test func aTrickleIsCutOff() throws {
        let channel = try channel()
        try channel.writeInbound(head)
        for _ in 0..<29 {
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            try channel.writeInbound(body)
        }
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    /// Bytes of a head arrive, and no part comes of them.
    @Test func aHeadThatTricklesIsCutOff() throws {
        for isFirst in [true, false] {
            let channel = try channel()
            if !isFirst {
                try channel.writeInbound(head)
                try channel.writeInbound(HTTPRequestPart.end(nil))
            }
            for _ in 0..<10 {
                #expect(channel.isActive)
                channel.pipeline.fireChannelReadComplete()
                channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            }
            #expect(!channel.isActive)
        }
    }

    @Test func aWholeRequestMayTakeItsTimeToBeAnswered() throws {
        let channel = try channel()
        try channel.writeInbound(head)
        channel.embeddedEventLoop.advanceTime(by: .seconds(29))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        channel.embeddedEventLoop.advanceTime(by: .seconds(600))
        #expect(channel.isActive)
        // The next request has its own time.
        try channel.writeInbound(head)
        channel.embeddedEventLoop.advanceTime(by: .seconds(29))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test func whatIsNoRequestEndsTheConnection() throws {
        let channel = try channel()
        channel.pipeline.fireErrorCaught(ChannelError.inappropriateOperationForState)
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }
}
