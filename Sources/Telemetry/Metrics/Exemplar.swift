import Foundation
import Synchronization

/// One observation among those that a counter or a bucket counts, by which its trace is found.
struct Exemplar: Sendable {
    let value: Double
    let trace: TraceContext
    /// When it was made, in seconds since 1970.
    let seconds: Double
}

/// The exemplar of a counter or a bucket: the last one that nobody was in the way of.
final class ExemplarSlot: Sendable {
    private let slot = Mutex<Exemplar?>(nil)

    /// Keeps an observation if its trace is sampled. Never waits: of two at the same time one is as good as the other.
    func keep(_ value: Double, of trace: TraceContext) {
        guard trace.flags.contains(.sampled) else { return }
        // Milliseconds, as Prometheus keeps them.
        let seconds = (Date().timeIntervalSince1970 * 1_000).rounded(.down) / 1_000
        _ = slot.withLockIfAvailable { $0 = Exemplar(value: value, trace: trace, seconds: seconds) }
    }

    /// The one that is kept.
    var kept: Exemplar? { slot.withLock { $0 } }
}
