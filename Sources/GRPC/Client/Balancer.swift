import OrderedCollections
import Synchronization

/// Gives calls to connections in turn, and keeps those that have to wait for one.
final class Balancer: Sendable {
    /// Where the connection to an address stands.
    enum Status: Sendable {
        case connecting
        case ready(Outbox)
        case failed(GRPCError)
    }

    fileprivate struct State {
        var statuses: [Status]
        var ready: [Outbox] = []
        var turn = 0
        var waiting: OrderedDictionary<ObjectIdentifier, ClientCall> = [:]
        var closed: GRPCError?
    }

    private enum Decision {
        case give(Outbox)
        case wait
        case fail(GRPCError)
    }

    let budget: RetryBudget
    private let state: Mutex<State>

    init(count: Int, budget: RetryBudget) {
        self.budget = budget
        state = Mutex(State(statuses: Array(repeating: .connecting, count: count)))
    }

    /// Gives a call to a connection, or lets it wait for one, or fails it.
    func submit(_ call: ClientCall) {
        guard !call.stream.isOver else { return }
        while true {
            switch decide(call) {
            case .give(let outbox):
                if outbox.open(call) { return }
                // The connection went away just now, and its subchannel is about to say so.
                withdraw(outbox)
            case .wait:
                call.enterQueue()
                // Given up meanwhile: whoever did it may have come before the call was in the queue.
                if call.stream.isOver { forget(call) }
                return
            case .fail(let error): return call.fail(error)
            }
        }
    }

    /// A call that waits will not be made.
    func forget(_ call: ClientCall) {
        state.withLock { _ = $0.waiting.removeValue(forKey: ObjectIdentifier(call)) }
    }

    /// The connection to the address of this index has changed.
    func update(_ index: Int, to status: Status) {
        let released = state.withLock { state -> [ClientCall] in
            state.statuses[index] = status
            state.ready = state.statuses.compactMap { if case .ready(let outbox) = $0 { outbox } else { nil } }
            if !state.ready.isEmpty { return state.takeWaiting { _ in true } }
            if state.failure != nil { return state.takeWaiting { !$0.options.waitForReady } }
            return []
        }
        for call in released { submit(call) }
    }

    /// Fails the calls that wait and those to come.
    func close(_ error: GRPCError) {
        let waiting = state.withLock { state in
            state.closed = error
            state.ready = []
            return state.takeWaiting { _ in true }
        }
        for call in waiting { call.fail(error) }
    }

    private func decide(_ call: ClientCall) -> Decision {
        state.withLock { state in
            if let closed = state.closed { return .fail(closed) }
            if !state.ready.isEmpty {
                state.turn = (state.turn + 1) % state.ready.count
                return .give(state.ready[state.turn])
            }
            if !call.options.waitForReady, let failure = state.failure { return .fail(failure) }
            state.waiting[ObjectIdentifier(call)] = call
            return .wait
        }
    }

    private func withdraw(_ outbox: Outbox) {
        state.withLock { state in
            for index in state.statuses.indices {
                if case .ready(outbox) = state.statuses[index] { state.statuses[index] = .connecting }
            }
            state.ready.removeAll { $0 === outbox }
        }
    }
}

extension Balancer.State {
    /// Why no address can be reached; `nil` while one may still be.
    fileprivate var failure: GRPCError? {
        var last: GRPCError?
        for status in statuses {
            guard case .failed(let error) = status else { return nil }
            last = error
        }
        return last
    }

    fileprivate mutating func takeWaiting(where isWanted: (ClientCall) -> Bool) -> [ClientCall] {
        let taken = waiting.values.filter(isWanted)
        for call in taken { waiting.removeValue(forKey: ObjectIdentifier(call)) }
        return taken
    }
}

private func ~= (pattern: Outbox, value: Outbox) -> Bool { pattern === value }
