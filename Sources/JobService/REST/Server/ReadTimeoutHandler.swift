import NIOCore
import NIOHTTPTypes

/// Closes the connection of a client that says nothing when it is its turn: one that does not send the head of its first request in time,
/// or of a later one that it began, or the whole of a request, however steadily it trickles; and that of one that sends what is none.
///
/// Used on its channel's event loop only. A later request that arrives in one piece costs no timer.
final class ReadTimeoutHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    /// How long the answer to what is no HTTP has to arrive before the connection is closed, which is not read any more.
    private static let linger = TimeAmount.seconds(1)

    private let headTimeout: TimeAmount
    private let timeout: TimeAmount
    private var isReadingRequest = false
    /// Whether a part of a request came since the last time that reading was complete.
    private var hasPart = false
    private var timer: Scheduled<Void>?

    /// Waits so long.
    ///
    /// - Parameters:
    ///   - headTimeout: For the head of a request, from the beginning of the connection or the head's first byte.
    ///   - timeout: For the rest of the request.
    init(headTimeout: TimeAmount, timeout: TimeAmount) {
        (self.headTimeout, self.timeout) = (headTimeout, timeout)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { startTimer(context, headTimeout) }
    }

    func channelActive(context: ChannelHandlerContext) {
        startTimer(context, headTimeout)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasPart = true
        switch unwrapInboundIn(data) {
        case .head:
            isReadingRequest = true
            cancelTimer()
        case .body:
            break
        case .end:
            isReadingRequest = false
            cancelTimer()
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes that make no part are those of a head that is not complete.
        if timer == nil, isReadingRequest || !hasPart { startTimer(context, isReadingRequest ? timeout : headTimeout) }
        hasPart = false
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        startTimer(context, Self.linger)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancelTimer()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        cancelTimer()
    }

    private func startTimer(_ context: ChannelHandlerContext, _ time: TimeAmount) {
        cancelTimer()
        let channel = context.channel
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { ClientConnections.close(channel, .silent) }
    }

    private func cancelTimer() {
        timer?.cancel()
        timer = nil
    }
}
