import NIOCore
import NIOHTTPTypes

/// Closes the connection of a client that does not take what is sent to it: when nothing gets through for so long.
///
/// Used on its channel's event loop only. An answer that goes out at once costs no timer.
final class WriteTimeoutHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let timeout: TimeAmount
    /// Parts that were handed on and have not left yet.
    private var waiting = 0
    private var timer: Scheduled<Void>?

    /// Gives each part the time to leave.
    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        waiting += 1
        written.futureResult.assumeIsolated().whenComplete { _ in
            self.waiting -= 1
            // Something got through: the others have the whole time again.
            self.cancelTimer()
            if self.waiting > 0 { self.startTimer(context) }
        }
        context.write(data, promise: written)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        if waiting > 0, timer == nil { startTimer(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        cancelTimer()
    }

    private func startTimer(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { context.close(promise: nil) }
    }

    private func cancelTimer() {
        timer?.cancel()
        timer = nil
    }
}
