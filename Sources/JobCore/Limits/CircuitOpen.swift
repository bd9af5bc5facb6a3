/// A call was not made, as calls of its kind have failed lately.
public struct CircuitOpen: Error, Hashable, CustomStringConvertible {
    /// What would have been called, such as `postgres`.
    public var name: String
    /// After how long another call may be tried.
    public var retryAfter: Duration

    /// Says what to do.
    public var description: String {
        "\(name) has failed lately and is left alone; try again in \(retryAfter.wholeMilliseconds) ms"
    }
}

/// A call was given up, as it took longer than any should. It may or may not have taken effect.
public struct CallTooLate: Error, Hashable, CustomStringConvertible {
    /// What was called, such as `postgres`.
    public var name: String
    /// How long it was waited for.
    public var limit: Duration

    /// Says what happened.
    public var description: String {
        "\(name) did not answer within \(limit.wholeMilliseconds) ms; what was asked may or may not have taken effect"
    }
}
