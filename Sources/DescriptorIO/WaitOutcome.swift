/// Why ``DescriptorLoop/wait(for:_:until:signal:heedsCancellation:)`` returned.
public enum WaitOutcome: Sendable, Hashable {
    /// The descriptor is ready; an error or a hang-up on it counts as ready for everything asked, so that
    /// the next call on the descriptor reports it.
    case ready(DescriptorInterest)
    /// The signal was raised.
    case signalled
    /// The deadline passed.
    case timedOut
    /// The waiting task was cancelled.
    case cancelled
}
