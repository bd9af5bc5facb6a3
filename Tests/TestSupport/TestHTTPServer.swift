import NIOCore
package import NIOHTTP1
import NIOPosix
import Synchronization

/// A server on a free port of 127.0.0.1 that answers as the test says and keeps what it was asked.
package final class TestHTTPServer: Sendable {
    /// A request.
    package struct Asked: Sendable {
        /// Its head.
        package var head: HTTPRequestHead
        /// Its body.
        package var body: String
    }

    /// What the test has it answer.
    package struct Answer: Sendable {
        /// Its status.
        package var status: HTTPResponseStatus
        /// Its headers, besides that of its length.
        package var headers: HTTPHeaders
        /// Its body.
        package var body: String
        /// Keeps the answer open after the body.
        package var neverEnds: Bool
        /// Closes the connection instead of answering.
        package var isCutOff = false
        /// Says nothing at all.
        package var isSilent = false

        /// An answer.
        package init(
            status: HTTPResponseStatus = .ok,
            headers: HTTPHeaders = [:],
            body: String = "",
            neverEnds: Bool = false
        ) {
            self.status = status
            self.headers = headers
            self.body = body
            self.neverEnds = neverEnds
        }

        /// None, though the connection stays.
        package static var silence: Answer {
            var answer = Answer()
            answer.isSilent = true
            return answer
        }

        /// None, as the connection breaks.
        package static var cutOff: Answer {
            var answer = Answer()
            answer.isCutOff = true
            return answer
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: TestHTTPServer
        private var asked: Asked?

        init(_ server: TestHTTPServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): asked = Asked(head: head, body: "")
            case .body(let bytes): asked?.body += String(buffer: bytes)
            case .end:
                guard let asked else { return }
                server.kept.withLock { $0.append(asked) }
                let answer = server.answer(asked)
                guard !answer.isCutOff else { return context.close(promise: nil) }
                guard !answer.isSilent else { return }
                var head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: answer.headers)
                if !answer.neverEnds {
                    head.headers.replaceOrAdd(name: "Content-Length", value: "\(answer.body.utf8.count)")
                }
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(
                    wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))),
                    promise: nil
                )
                if !answer.neverEnds { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
            }
        }
    }

    private let answer: @Sendable (Asked) -> Answer
    private let kept = Mutex<[Asked]>([])
    private let channel = Mutex<(any Channel)?>(nil)

    /// The requests so far.
    package var asked: [Asked] { kept.withLock { $0 } }
    /// Where it listens.
    package var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }

    private init(_ answer: @escaping @Sendable (Asked) -> Answer) { self.answer = answer }

    /// Runs a server for as long as the body runs.
    package static func run(
        answer: @escaping @Sendable (Asked) -> Answer = { _ in Answer() },
        _ body: (TestHTTPServer) async throws -> Void
    ) async throws {
        let server = TestHTTPServer(answer)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 512)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.channel.withLock { $0 = channel }
        do {
            try await body(server)
        } catch {
            try? await channel.close()
            throw error
        }
        try await channel.close()
    }
}
