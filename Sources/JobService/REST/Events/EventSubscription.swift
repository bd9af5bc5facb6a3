import Synchronization

/// One listener's line of server-sent events. Whoever drops it has left.
struct EventSubscription: Sendable {
    /// Notes that events were lost. Held apart from the frames, which must end with their listener.
    final class Lag: Sendable {
        private let flag = Atomic(false)

        /// Whether events were lost.
        var isNoted: Bool { flag.load(ordering: .acquiring) }

        /// Notes that events were lost.
        func note() {
            flag.store(true, ordering: .releasing)
        }
    }

    /// The events as they go over the wire, until the listener falls behind.
    let frames: AsyncStream<[UInt8]>
    /// Whether events were lost, as the listener was too slow or there were more than could be read.
    let lag = Lag()
}
