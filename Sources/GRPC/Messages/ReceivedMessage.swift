/// A message, and how it came over the wire.
public struct ReceivedMessage<M: Sendable>: Sendable {
    /// The message itself.
    public let message: M

    /// Whether the peer had compressed it.
    public let wasCompressed: Bool

    /// What it took on the wire in bytes, with its five-byte prefix and before decompression.
    public let wireSize: Int
}
