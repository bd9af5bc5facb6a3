import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import JobService

/// A client that sends requests without waiting for answers.
struct PipeliningHandlerTests {
    /// Counts how often the client is to be read.
    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = HTTPResponsePart

        var count = 0

        func read(context: ChannelHandlerContext) { count += 1 }
    }

    private struct Broken: Error {}

    private let channel = EmbeddedChannel()
    private let reads = ReadCounter()

    init() throws {
        try channel.pipeline.syncOperations.addHandlers(reads, PipeliningHandler())
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        reads.count = 0
    }

    private func request(_ path: String, body: Bool = false) throws {
        let head = HTTPRequest(method: .post, scheme: nil, authority: nil, path: path)
        try channel.writeInbound(HTTPRequestPart.head(head))
        if body { try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "x"))) }
        try channel.writeInbound(HTTPRequestPart.end(nil))
    }

    private func answer() throws {
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
        channel.embeddedEventLoop.run()
    }

    /// What was passed on since the last time: paths, and the rest of the requests as points.
    private func passed() throws -> String {
        var text = ""
        while let part = try channel.readInbound(as: HTTPRequestPart.self) {
            if case .head(let head) = part { text += head.path ?? "" } else { text += "." }
        }
        return text
    }

    private func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    @Test func eachRequestIsPassedOnWhenTheOneBeforeIsAnswered() throws {
        for path in ["/1", "/2", "/3"] { try request(path, body: path == "/2") }
        #expect(try passed() == "/1.")
        try answer()
        #expect(try passed() == "/2..")
        try answer()
        #expect(try passed() == "/3.")
        try answer()
        try request("/4")
        #expect(try passed() == "/4.", "who waits for answers is not held up")
    }

    @Test func noneIsPassedOnWhileAnAnswerIsNotTaken() throws {
        try request("/1")
        try request("/2")
        setWritable(false)
        try answer()
        #expect(try passed() == "/1.")
        setWritable(true)
        #expect(try passed() == "/2.")
        try answer()
        setWritable(false)
        try request("/3")
        #expect(try passed().isEmpty)
        setWritable(true)
        #expect(try passed() == "/3.")
    }

    /// The answer may come before the whole request does, as for a body that is too large.
    @Test func theRestOfARequestFollowsItsHead() throws {
        let head = HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/1")
        try channel.writeInbound(HTTPRequestPart.head(head))
        try answer()
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "x")))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        try request("/2")
        try request("/3")
        #expect(try passed() == "/1../2.")
        try answer()
        #expect(try passed() == "/3.")
    }

    @Test func theEndComesAfterWhatWasSentBeforeIt() throws {
        try request("/1")
        try request("/2")
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        channel.pipeline.fireErrorCaught(Broken())
        try channel.throwIfErrorCaught()
        try answer()
        #expect(try passed() == "/1./2.")
        #expect(throws: Broken.self) { try channel.throwIfErrorCaught() }
    }

    @Test func whoSendsTooMuchIsNotRead() throws {
        try request("/1")
        channel.read()
        #expect(reads.count == 1, "that it goes is to be heard")
        for path in 2...9 { try request("/\(path)") }
        channel.read()
        #expect(reads.count == 1)
        try answer()
        #expect(reads.count == 2)
    }
}
