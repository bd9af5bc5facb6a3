import Synchronization

/// Ends what takes too long, at a price that what ends in time hardly pays: no timer is set for it. Looks ten times a second while
/// anything is watched.
package final class Watchdog: Sendable {
    /// How much later than due something is ended, at most.
    package static let interval = Duration.milliseconds(100)
    /// For everybody.
    package static let shared = Watchdog()

    private struct State {
        var watched: [UInt64: (deadline: ContinuousClock.Instant, end: @Sendable () -> Void)] = [:]
        var lastID: UInt64 = 0
        var isLooking = false
    }

    /// What is watched.
    package struct Watch: Sendable {
        fileprivate let id: UInt64
        fileprivate let watchdog: Watchdog

        /// Ends the watch.
        ///
        /// - Returns: False when it was too late.
        package func end() -> Bool {
            watchdog.state.withLock { $0.watched.removeValue(forKey: id) != nil }
        }
    }

    private let state = Mutex(State())

    /// Watches something.
    ///
    /// - Parameters:
    ///   - limit: How long it may take.
    ///   - end: Is called, on any thread, if it has not ended by then.
    package func watch(for limit: Duration, _ end: @escaping @Sendable () -> Void) -> Watch {
        let (watch, mustLook) = state.withLock { state in
            state.lastID += 1
            state.watched[state.lastID] = (.now + limit, end)
            defer { state.isLooking = true }
            return (Watch(id: state.lastID, watchdog: self), !state.isLooking)
        }
        if mustLook { Task.detached { await self.look() } }
        return watch
    }

    private func look() async {
        while true {
            try? await Task.sleep(for: Self.interval)
            let late: [@Sendable () -> Void]? = state.withLock { state in
                guard !state.watched.isEmpty else {
                    state.isLooking = false
                    return nil
                }
                let now = ContinuousClock.now
                let late = state.watched.filter { $0.value.deadline <= now }
                for id in late.keys { state.watched[id] = nil }
                return late.values.map(\.end)
            }
            guard let late else { return }
            for end in late { end() }
        }
    }
}
