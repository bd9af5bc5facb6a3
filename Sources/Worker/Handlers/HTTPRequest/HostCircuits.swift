import JobCore
import Synchronization

/// A circuit breaker for each host that jobs call, at most so many.
final class HostCircuits: Sendable {
    /// Past so many the closed ones are forgotten: they know nothing of weight.
    static let limit = 1_000

    private let circuits = Mutex<[String: CircuitBreaker]>([:])

    /// The circuit of a host.
    ///
    /// - Parameters:
    ///   - name: Whose it is and which host.
    ///   - isMetered: Whether metrics tell of it; for hosts that the settings name, of which there are only so many.
    func circuit(of name: String, isMetered: Bool) -> CircuitBreaker {
        circuits.withLock { circuits in
            if let known = circuits[name] { return known }
            if circuits.count >= Self.limit {
                circuits = circuits.filter { $0.value.phase != .closed(failures: 0) }
                if circuits.count >= Self.limit { circuits = [:] }
            }
            let made = CircuitBreaker("http \(name)", isMetered: isMetered)
            circuits[name] = made
            return made
        }
    }
}
