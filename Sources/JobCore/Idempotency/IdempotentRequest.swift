import Crypto

/// A request that its client may send again: its key, and what tells it from another request under the same key.
public struct IdempotentRequest: Hashable, Sendable {
    /// What the client calls it.
    public let key: IdempotencyKey
    /// The SHA-256 digest of its body.
    public let fingerprint: [UInt8]

    /// A request with a body. Of JSON, the canonical bytes: a client may write the same object in another order.
    public init(key: IdempotencyKey, body: some Sequence<UInt8>) {
        self.key = key
        fingerprint = Array(SHA256.hash(data: Array(body)))
    }
}
