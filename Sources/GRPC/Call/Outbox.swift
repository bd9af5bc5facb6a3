import NIOCore
import Synchronization

/// Carries news of calls from tasks to their connection's event loop, many per hop.
final class Outbox: Sendable {
    fileprivate struct State {
        var touched: [Int32] = []
        var opening: [ClientCall] = []
        var isScheduled = false
        var isClosed = false
        var isRetired = false
    }

    /// What one hop brings to the event loop.
    struct News {
        /// Streams whose calls have work.
        var touched: [Int32]
        /// Calls that want a stream.
        var opening: [ClientCall]
    }

    private let state = Mutex(State())
    private let eventLoop: any EventLoop
    private let connection: NIOLoopBound<WeakConnection>

    init(connection: HTTP2Connection, eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.connection = NIOLoopBound(WeakConnection(connection: connection), eventLoop: eventLoop)
    }

    /// A stream's call has work for the event loop.
    func touch(stream: Int32) {
        let isFirst = state.withLock { state in
            guard !state.isClosed else { return false }
            state.touched.append(stream)
            return state.schedule()
        }
        if isFirst { hop() }
    }

    /// A call wants a stream on this connection; `false` if the connection takes no more calls.
    func open(_ opening: ClientCall) -> Bool {
        let (isOpen, isFirst) = state.withLock { state in
            guard !state.isClosed, !state.isRetired else { return (false, false) }
            state.opening.append(opening)
            return (true, state.schedule())
        }
        if isFirst { hop() }
        return isOpen
    }

    /// Takes all news; on the event loop.
    func take() -> News {
        state.withLock { state in
            state.isScheduled = false
            defer {
                state.touched.removeAll(keepingCapacity: true)
                state.opening.removeAll(keepingCapacity: true)
            }
            return News(touched: state.touched, opening: state.opening)
        }
    }

    /// Refuses further calls.
    func retire() {
        state.withLock { $0.isRetired = true }
    }

    /// Refuses everything further and returns those calls that had not been taken.
    func close() -> [ClientCall] {
        state.withLock { state in
            state.isClosed = true
            defer { state.opening = [] }
            return state.opening
        }
    }

    private func hop() {
        eventLoop.execute { self.connection.value.connection?.handleNews() }
    }

    private struct WeakConnection {
        weak var connection: HTTP2Connection?
    }
}

extension Outbox.State {
    fileprivate mutating func schedule() -> Bool {
        defer { isScheduled = true }
        return !isScheduled
    }
}
