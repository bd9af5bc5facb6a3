import Glibc
import NIOCore
import NIOPosix

/// One connection through a ``FaultProxy``: a channel to the client, one to the target, and what passes between them.
///
/// Used on the proxy's event loop only. It reads from one side when the other has taken what was read before, so it holds
/// no more than one read of each direction.
final class Relay {
    let front: End
    private let back: End
    private let client: any Channel
    private let target: Int
    private unowned let relays: Relays

    init(client: any Channel, target: Int, relays: Relays) {
        self.client = client
        self.target = target
        self.relays = relays
        front = End()
        back = End()
        front.join(back, relays)
        back.join(front, relays)
        relays.add(self)
    }

    /// Connects to the target; the client waits meanwhile.
    func connect() {
        guard relays.mode != .cut else { return reset() }
        let bound = NIOLoopBound(self, eventLoop: client.eventLoop)
        let backHandler = NIOLoopBound(back, eventLoop: client.eventLoop)
        client.closeFuture.whenComplete { _ in
            bound.value.back.close()
            bound.value.relays.remove(bound.value)
        }
        ClientBootstrap(group: client.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(backHandler.value)
                }
            }
            .connect(host: "127.0.0.1", port: target)
            .whenComplete { result in
                if case .failure = result { return bound.value.reset() }
                bound.value.resume()
            }
    }

    /// Reads on, if the mode lets it.
    func resume() {
        front.resume()
        back.resume()
    }

    /// Ends both connections as a crash does, with a reset rather than an orderly end.
    func reset() {
        for end in [front, back] { end.reset() }
        client.close(promise: nil)
    }

    /// One side of a relay.
    final class End: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private weak var other: End?
        private weak var relays: Relays?
        private var context: ChannelHandlerContext?
        private var isReading = false
        /// Reads that the other side has not taken yet. Nothing more is read before that, so that nothing is overtaken when the
        /// mode changes.
        private var passing = 0
        private var hasEnded = false

        func join(_ other: End, _ relays: Relays) {
            self.other = other
            self.relays = relays
        }

        func handlerAdded(context: ChannelHandlerContext) { self.context = context }

        func handlerRemoved(context: ChannelHandlerContext) {
            self.context = nil
            hasEnded = true
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            guard let relays else { return }
            passing += 1
            if case .slow(let delay) = relays.mode {
                let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
                context.eventLoop.scheduleTask(in: delay) { bound.value.pass(buffer) }
            } else {
                pass(buffer)
            }
        }

        func channelReadComplete(context: ChannelHandlerContext) {
            isReading = false
            resume()
        }

        private func pass(_ buffer: ByteBuffer) {
            guard let target = other?.context else { return close() }
            let bound = NIOLoopBound(self, eventLoop: target.eventLoop)
            target.writeAndFlush(NIOAny(buffer)).whenComplete { _ in
                bound.value.passing -= 1
                bound.value.resume()
            }
        }

        func resume() {
            guard let context, let relays, relays.mode != .silent, let other else { return }
            // The other side ended while nothing could pass.
            if other.hasEnded { return close() }
            guard other.context != nil, !isReading, passing == 0 else { return }
            isReading = true
            context.read()
        }

        func channelInactive(context: ChannelHandlerContext) {
            // A peer that is cut off hears of nothing, not even of the end.
            if relays?.mode != .silent { other?.close() }
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func close() { context?.close(promise: nil) }

        func reset() {
            guard let context, let socket = context.channel as? any SocketOptionProvider else { return }
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in bound.value.close(promise: nil) }
        }
    }
}
