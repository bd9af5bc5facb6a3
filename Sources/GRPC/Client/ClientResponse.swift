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
