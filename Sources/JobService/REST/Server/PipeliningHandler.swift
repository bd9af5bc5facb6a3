import NIOCore
import NIOHTTPTypes

/// Passes a client's next request on when the one before is answered and most of that answer has left.
///
/// A client need not wait for an answer before it sends the next request. But who makes answers hears too late that they are not taken: of
/// a connection with a thousand requests in one packet a thousand answers would wait in memory. So no more than one does, and what the
/// channel holds besides.
///
/// Stands between the handlers that watch the client and those that answer. Used on its channel's event loop only. A client that waits for
/// its answers costs it nothing.
final class PipeliningHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Held {
        case part(HTTPRequestPart)
        case failure(any Error)
        case inputClosed
    }

    /// How much is held before the client is read no more.
    private static let most = 16

    private var held = CircularBuffer<Held>()
    /// Requests that were passed on, less answers.
    private var owed = 0
    private var wantsRead = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if held.isEmpty, mayPass(part, context) {
            pass(part, context)
        } else {
            held.append(.part(part))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if held.isEmpty { context.fireErrorCaught(error) } else { held.append(.failure(error)) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if !held.isEmpty, event as? ChannelEvent == .inputClosed {
            held.append(.inputClosed)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        held.removeAll()
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        if held.count < Self.most { context.read() } else { wantsRead = true }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { owed -= 1 }
        context.write(data, promise: promise)
        // Not at once: who writes is in the middle of it.
        if !held.isEmpty, owed <= 0 { context.eventLoop.assumeIsolated().execute { self.passHeld(context) } }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        context.fireChannelWritabilityChanged()
        passHeld(context)
    }

    /// Whether a part is of the request that was passed on last, or that one is answered and its answer does not wait.
    private func mayPass(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) -> Bool {
        guard case .head = part else { return true }
        return owed <= 0 && context.channel.isWritable
    }

    private func pass(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        if case .head = part { owed += 1 }
        context.fireChannelRead(wrapInboundOut(part))
    }

    private func passHeld(_ context: ChannelHandlerContext) {
        guard !held.isEmpty else { return }
        var hasPassed = false
        passing: while let first = held.first {
            if case .part(let part) = first, !mayPass(part, context) { break passing }
            held.removeFirst()
            switch first {
            case .part(let part): pass(part, context)
            case .failure(let error): context.fireErrorCaught(error)
            case .inputClosed: context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
            hasPassed = true
        }
        if hasPassed { context.fireChannelReadComplete() }
        if wantsRead, held.count < Self.most {
            wantsRead = false
            context.read()
        }
    }
}
