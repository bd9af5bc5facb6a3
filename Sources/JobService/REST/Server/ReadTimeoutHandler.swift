import NIOCore
import NIOHTTPTypes

/// Closes the connection of a client that does not send the whole of a request in time, however steadily it trickles, and that of
/// one that sends what is none.
///
/// Used on its channel's event loop only. A request that arrives in one piece costs no timer.
final class ReadTimeoutHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    /// How long the answer to what is no HTTP has to arrive before the connection is closed, which is not read any more.
    private static let linger = TimeAmount.seconds(1)

    private let timeout: TimeAmount
    private var isReadingRequest = false
    /// Whether a part of a request came since the last time that reading was complete.
    private var hasPart = false
    private var timer: Scheduled<Void>?

    /// Gives each request the time from the beginning of its head to its end.
    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasPart = true
        switch unwrapInboundIn(data) {
        case .head:
            isReadingRequest = true
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
        if isReadingRequest || !hasPart, timer == nil {
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { context.close(promise: nil) }
        }
        hasPart = false
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        cancelTimer()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.linger) { context.close(promise: nil) }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancelTimer()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        cancelTimer()
    }

    private func cancelTimer() {
        timer?.cancel()
        timer = nil
    }
}
