/// What a caller asks of one call.
public struct CallOptions: Sendable {
    /// How long the call may take; `nil` for as long as it wants. Of this and ``deadline`` the earlier counts.
    public var timeout: Duration?

    /// When the call must be over; `nil` for never.
    public var deadline: ContinuousClock.Instant?

    /// What is sent along.
    public var metadata: Metadata

    /// Whether the call waits until a server can be reached, instead of failing with `UNAVAILABLE` while none can.
    public var waitForReady: Bool

    /// Whether doing the call twice does no harm, so that it may be tried again after `UNAVAILABLE`.
    public var isIdempotent: Bool

    /// How requests are compressed.
    public var compression: CompressionAlgorithm

    /// Options of a call; by default it fails fast, is tried once, and has no deadline.
    public init(
        timeout: Duration? = nil,
        deadline: ContinuousClock.Instant? = nil,
        metadata: Metadata = [:],
        waitForReady: Bool = false,
        isIdempotent: Bool = false,
        compression: CompressionAlgorithm = .identity
    ) {
        self.timeout = timeout
        self.deadline = deadline
        self.metadata = metadata
        self.waitForReady = waitForReady
        self.isIdempotent = isIdempotent
        self.compression = compression
    }

    /// The earlier of the two limits, from now on.
    var effectiveDeadline: ContinuousClock.Instant? {
        let end = timeout.map { ContinuousClock.now + $0 }
        return switch (end, deadline) {
        case (let end?, let deadline?): min(end, deadline)
        default: end ?? deadline
        }
    }
}

/// The answer to a call that is answered with one message.
public struct ClientResponse<Message: Sendable>: Sendable {
    /// The message.
    public let message: Message

    /// What the server sent ahead of the message.
    public let initialMetadata: Metadata

    /// What the server sent with the status.
    public let trailingMetadata: Metadata

    /// Whether the server had compressed the message.
    public let wasCompressed: Bool
}
