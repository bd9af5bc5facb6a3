/// What a client calls a request, so that sending it again does not do it again.
public struct IdempotencyKey: Hashable, Sendable, CustomStringConvertible {
    /// The most characters of a key.
    public static let maxLength = 255

    /// The key's text.
    public let rawValue: String

    /// Takes a key as it was sent.
    ///
    /// - Throws: ``InvalidIdempotencyKey`` unless it has 1 to 255 printable ASCII characters.
    public init(_ text: String) throws(InvalidIdempotencyKey) {
        guard (1...Self.maxLength).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else {
            throw InvalidIdempotencyKey()
        }
        rawValue = text
    }

    /// The key's text.
    public var description: String { rawValue }
}

/// Text that cannot be an idempotency key.
public struct InvalidIdempotencyKey: Error, Hashable, CustomStringConvertible {
    /// Says what is allowed.
    public var description: String { "must have 1 to \(IdempotencyKey.maxLength) printable ASCII characters" }
}

/// A request that its client may send again: its key, and what tells it from another request under the same key.
public struct IdempotentRequest: Hashable, Sendable {
    /// What the client calls it.
    public let key: IdempotencyKey
    /// The SHA-256 digest of its body.
    public let fingerprint: [UInt8]

    /// A request with a key and the digest of its body.
    package init(key: IdempotencyKey, fingerprint: [UInt8]) {
        self.key = key
        self.fingerprint = fingerprint
    }
}
