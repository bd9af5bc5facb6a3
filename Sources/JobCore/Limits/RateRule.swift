/// How many requests may come in any stretch of time of a given length.
public struct RateRule: Hashable, Sendable {
    /// The most requests.
    public var limit: Int
    /// How long the stretch is; at least a second.
    public var window: Duration

    /// A rule.
    public init(limit: Int, window: Duration) {
        self.limit = limit
        self.window = window
    }

    /// The length of one of the ``SlidingWindow/slots`` that a window is counted in, in microseconds.
    var slotMicroseconds: Int64 {
        max(1, window.wholeMilliseconds * 1_000 / Int64(SlidingWindow.slots))
    }
}

/// Whether a request may pass.
public struct RateDecision: Hashable, Sendable {
    /// Whether it may.
    public var isAdmitted: Bool
    /// How many more may pass now.
    public var remaining: Int
    /// After how long one may pass again, for one that may not.
    public var retryAfter: Duration

    /// A decision.
    public init(isAdmitted: Bool, remaining: Int, retryAfter: Duration) {
        self.isAdmitted = isAdmitted
        self.remaining = remaining
        self.retryAfter = retryAfter
    }
}
