import NIOCore
import NIOTLS

/// One HTTP/2 connection on its event loop: moves bytes between the channel, the ``HTTP2Session`` and the calls.
///
/// The last handler of its channel's pipeline. Writing is driven by the channel's writability, so that at most one buffer's worth is
/// framed ahead of the socket; what tasks wrote beyond that stays in their calls and holds them up.
final class HTTP2Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let role: HTTP2Session.Role
    let configuration: ConnectionConfiguration
    let endpoint: any HTTP2Endpoint
    var streams: [Int32: HTTP2Stream] = [:]
    /// Streams that were answered without a call while their requests were still coming in.
    var refused: Set<Int32> = []
    /// What is still to be sent of answers without a call; at most one for each stream that the peer may have open.
    var refusalBodies: [Int32: ByteBuffer] = [:]
    private(set) var session: HTTP2Session?
    private(set) var outbox: Outbox?
    private(set) var context: ChannelHandlerContext?
    let keepalive: Keepalive
    var flood: FloodGuard
    private var scanner: FrameScanner
    private var numbers = StreamNumbers()
    var fields = HeaderFields()
    private var touched: [HTTP2Stream] = []
    private var drain = Drain.none
    /// Whether nghttp2 is on the stack: it must not be entered again from its callbacks.
    private var isInSession = false
    private var failure: (any Error)?

    /// Where an orderly shutdown stands.
    enum Drain {
        case none
        /// A notice is out, and a ping behind it whose answer says that no stream is on its way any more.
        case announced
        /// No stream is taken any more; the connection closes after the last one.
        case final
    }

    /// Bytes framed at a time.
    private static let writeStep = 64 * 1024

    init(role: HTTP2Session.Role, configuration: ConnectionConfiguration, endpoint: any HTTP2Endpoint) {
        self.role = role
        self.configuration = configuration
        self.endpoint = endpoint
        self.keepalive = Keepalive(configuration: configuration.keepalive, role: role)
        self.flood = FloodGuard(configuration: configuration.flood)
        self.scanner = FrameScanner(skipping: role == .server ? FrameScanner.prefaceLength : 0)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        outbox = Outbox(connection: self, eventLoop: context.eventLoop)
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        keepalive.received()
        guard let session, failure == nil else { return }
        isInSession = true
        do throws(HTTP2Error) {
            try unwrapInboundIn(data).withUnsafeReadableBytes { bytes throws(HTTP2Error) in
                let isInOrder = scanner.scan(bytes) { flood.accepts($0) && (role == .client || numbers.accept($0)) }
                guard isInOrder else {
                    return numbers.isBroken
                        ? fail(ConnectionFailure.skippedStream, code: .protocolError)
                        : fail(ConnectionFailure.flood, code: .enhanceYourCalm)
                }
                try session.receive(bytes)
            }
        } catch {
            fail(error)
        }
        isInSession = false
        if failure != nil { closeFailed() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        deliverTouched()
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        flush()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = failure ?? error
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let negotiated) = event as? TLSUserEvent {
            if negotiated == "h2" {
                endpoint.secured(self)
            } else {
                fail(ConnectionFailure.noHTTP2)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    // MARK: What server and client do with a connection

    var eventLoop: (any EventLoop)? { context?.eventLoop }

    /// Registers a stream.
    func add(_ stream: HTTP2Stream) { streams[stream.id] = stream }

    /// Ends the call of a stream after `time`, through the endpoint, unless the stream is gone by then.
    func startDeadline(after time: Duration, of stream: HTTP2Stream) {
        guard let eventLoop else { return }
        stream.deadline = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(clamping: time)) { [weak self] in
            guard let self, streams[stream.id] === stream else { return }
            endpoint.deadlinePassed(for: stream, connection: self)
            flush()
        }
    }

    /// Notes that a stream has news for its tasks, to be handed over after the current read.
    func touch(_ stream: HTTP2Stream) {
        guard !stream.isTouched else { return }
        stream.isTouched = true
        touched.append(stream)
    }

    /// Hands a stream's messages, and their end if there is one, to its tasks, and credits the peer.
    func deliver(_ stream: HTTP2Stream, end: InboundBuffer.End? = nil) {
        let credit = stream.deliver(end: end)
        if credit > 0, streams[stream.id] != nil { session?.consume(stream: stream.id, count: credit) }
    }

    /// Ends the connection in order: streams that exist or are on their way are still served.
    func drainStreams() {
        guard case .none = drain else { return }
        guard role == .server else {
            drain = .final
            closeIfIdle()
            return
        }
        drain = .announced
        session?.submitShutdownNotice()
        session?.submitPing()
        flush()
    }

    /// Ends the connection now, telling the peer why.
    func fail(_ error: any Error, code: HTTP2ErrorCode? = nil, debugData: StaticString = "") {
        guard failure == nil else { return }
        failure = error
        if let code { session?.submitGoAway(code: code, debugData: debugData) }
        // From within the session's callbacks nothing may be framed; whoever entered it does so afterwards.
        if !isInSession { closeFailed() }
    }

    /// Frames and writes what there is, while the channel takes it.
    func flush() {
        guard !isInSession, failure == nil, let context, let session else { return }
        do throws(HTTP2Error) {
            while failure == nil, context.channel.isWritable, let bytes = try produce(from: session) {
                context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            }
        } catch {
            return fail(error)
        }
        // From within the callbacks, the connection may have been found to be at its end.
        if failure != nil { return closeFailed() }
        closeIfIdle()
    }

    /// Looks after the calls that tasks have touched since the last time.
    func handleNews() {
        guard let outbox else { return }
        let news = outbox.take()
        for call in news.opening { endpoint.open(call, connection: self) }
        for id in news.touched {
            guard let stream = streams[id] else { continue }
            let work = stream.call.takeWork()
            if let code = work.reset {
                session?.reset(stream: id, code: code)
                continue
            }
            if work.credit > 0 { session?.consume(stream: id, count: work.credit) }
            guard work.isHeadDue else { continue }
            if stream.isHeadSubmitted {
                session?.resume(stream: id)
            } else {
                endpoint.submitHead(of: stream, connection: self)
            }
        }
        flush()
    }

    /// Sends a ping.
    func ping() {
        session?.submitPing()
        flush()
    }

    /// The answer to a ping is in.
    func receivedPingAck() {
        keepalive.receivedAck()
        if case .announced = drain {
            drain = .final
            session?.submitGoAway(code: .noError)
        }
    }

    private func produce(from session: HTTP2Session) throws(HTTP2Error) -> ByteBuffer? {
        isInSession = true
        defer { isInSession = false }
        return try session.produce(limit: Self.writeStep)
    }

    /// Closes the channel after a last try to tell the peer why; whether that can still be written does not matter.
    private func closeFailed() {
        guard let context else { return }
        if let session, let last = try? produce(from: session) {
            context.writeAndFlush(wrapOutboundOut(last), promise: nil)
        }
        context.close(promise: nil)
    }

    private func closeIfIdle() {
        guard let context, let session else { return }
        let isDrained = if case .final = drain { streams.isEmpty && !session.wantsWrite } else { false }
        if isDrained || !session.isAlive { context.close(promise: nil) }
    }

    private func start(_ context: ChannelHandlerContext) {
        guard session == nil else { return }
        do throws(HTTP2Error) {
            session = try HTTP2Session(role: role, settings: configuration.settings, delegate: self)
        } catch {
            return fail(error)
        }
        keepalive.start(on: self)
        endpoint.opened(self)
        flush()
    }

    private func deliverTouched() {
        guard !touched.isEmpty else { return }
        for stream in touched where stream.isTouched { deliver(stream) }
        touched.removeAll(keepingCapacity: true)
    }

    private func end() {
        guard context != nil else { return }
        deliverTouched()
        context = nil
        keepalive.stop()
        let unopened = outbox?.close() ?? []
        for stream in Array(streams.values) { closed(stream: stream.id, code: .cancel) }
        for call in unopened { endpoint.open(call, connection: self) }
        endpoint.closed(self, error: failure)
        session = nil
    }
}

/// The numbers of a client's streams, which only go up (RFC 9113, section 5.1.1).
///
/// nghttp2 passes over a head for a number that was skipped, as it cannot tell it from one of a stream that this side has reset. So what
/// was skipped is remembered here. Honest clients skip nothing.
struct StreamNumbers {
    /// How many gaps are remembered, the newest ones.
    private static let maxGaps = 16

    private var highest: Int32 = -1
    private var gaps: [ClosedRange<Int32>] = []
    /// Whether a stream was opened after one with a higher number.
    private(set) var isBroken = false

    /// Whether the connection may go on after a frame of this header has come.
    mutating func accept(_ frame: HTTP2FrameHeader) -> Bool {
        // Even numbers are nghttp2's to refuse.
        guard frame.type == .headers, !frame.stream.isMultiple(of: 2) else { return true }
        if frame.stream > highest {
            if frame.stream > highest + 2 { gaps.append(highest + 2...frame.stream - 2) }
            if gaps.count > Self.maxGaps { gaps.removeFirst() }
            highest = frame.stream
        } else if gaps.contains(where: { $0.contains(frame.stream) }) {
            isBroken = true
        }
        return !isBroken
    }
}
