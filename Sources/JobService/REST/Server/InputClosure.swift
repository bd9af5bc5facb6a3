import NIOCore
import NIOHTTPTypes
import Synchronization

/// Whether a client may still send something. One that does not has most likely gone: nobody waits for what nobody reads.
final class InputClosure: Sendable {
    private struct State {
        var isClosed = false
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Has something done once the client's side is closed, at once if it is; nil takes that back. A connection has one request at a time.
    func whenClosed(_ action: (@Sendable () -> Void)?) {
        let isClosed = state.withLock { state in
            state.action = action
            return state.isClosed
        }
        if isClosed { action?() }
    }

    fileprivate func note() {
        let action = state.withLock { state in
            state.isClosed = true
            return state.action
        }
        action?()
    }
}

/// Notes when a client closes its side of the connection, or the whole of it.
final class InputClosureHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let closure = InputClosure()

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { closure.note() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        closure.note()
        context.fireChannelInactive()
    }

    /// That of a connection; nil where it has none, or is no more.
    static func closure(of channel: any Channel) async -> InputClosure? {
        try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: InputClosureHandler.self).closure
        }.get()
    }
}
