import NIOCore

/// Closes the connection of a client that does not take what is sent to it, or takes it in drops: of what waits for it, all or at least so
/// much has to leave in each stretch of time. What waits is bounded by the channel; writers are held up beyond.
///
/// Stands next to the socket, where bytes are counted. Used on its channel's event loop only. An answer that goes out at once costs no timer.
final class SlowReaderHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let (stretch, least): (TimeAmount, Int)
    private var written = 0
    private var timer: Scheduled<Void>?

    /// Wants `least` bytes to be taken in each `stretch`, or all there are.
    init(stretch: TimeAmount, least: Int) {
        (self.stretch, self.least) = (stretch, least)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        if timer == nil { watch(context.channel) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    private func watch(_ channel: any Channel) {
        let waiting = Self.waiting(in: channel)
        guard waiting > 0, channel.isActive else { return }
        let left = written - waiting
        timer = channel.eventLoop.assumeIsolated().scheduleTask(in: stretch) { [weak self] in
            guard let self else { return }
            timer = nil
            if written - Self.waiting(in: channel) - left < min(waiting, least) {
                ClientConnections.close(channel, .slow)
            } else {
                watch(channel)
            }
        }
    }

    private static func waiting(in channel: any Channel) -> Int {
        (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}
