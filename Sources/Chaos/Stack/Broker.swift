/// Which Kafka broker a run uses.
enum Broker: Hashable, Sendable {
    /// A dev-broker of its own.
    case own
    /// One that is there already, at an address, and is left alone.
    case existing(String)
    /// One at an address that a shell command starts in the foreground, with its data kept, so that it can be killed and started again.
    case command(String, address: String)

    /// Whether it may be broken.
    var isBreakable: Bool {
        if case .existing = self { false } else { true }
    }
}
