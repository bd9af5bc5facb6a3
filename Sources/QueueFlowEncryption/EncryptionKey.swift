import Crypto
import Foundation

/// A key of AES-256, and what it is called. Prints no secret.
public struct EncryptionKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The most characters of an id.
    public static let maxIDLength = 64
    /// How many bytes a key has.
    public static let byteCount = 32

    /// What tells it from other keys, such as `2026-01`. It is stored beside what the key encrypts.
    public let id: String

    let secret: SymmetricKey
    /// For nonces: one key for each use.
    let nonceSecret: SymmetricKey

    /// A key.
    ///
    /// - Parameters:
    ///   - id: 1 to 64 letters, digits, `.`, `_` or `-`.
    ///   - bytes: 32 bytes drawn by chance, such as `openssl rand -base64 32` prints them.
    /// - Throws: ``EncryptionKeyError``.
    public init(id: String, bytes: some Sequence<UInt8>) throws(EncryptionKeyError) {
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
        guard (1...Self.maxIDLength).contains(id.count), id.allSatisfy(allowed.contains) else {
            throw EncryptionKeyError(
                "a key's id has 1 to \(Self.maxIDLength) characters out of a-z, A-Z, 0-9, '.', '_' and '-'"
            )
        }
        let bytes = Data(bytes)
        guard bytes.count == Self.byteCount else {
            throw EncryptionKeyError("the key '\(id)' has \(bytes.count) bytes; it must have \(Self.byteCount)")
        }
        self.id = id
        secret = SymmetricKey(data: bytes)
        nonceSecret = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret,
            info: Data("queueflow.encrypted nonce".utf8),
            outputByteCount: Self.byteCount
        )
    }

    /// A key whose bytes are written as base64.
    ///
    /// - Throws: ``EncryptionKeyError``.
    public init(id: String, base64: String) throws(EncryptionKeyError) {
        guard let bytes = Data(base64Encoded: base64) else {
            throw EncryptionKeyError("the key '\(id)' is not base64")
        }
        try self.init(id: id, bytes: bytes)
    }

    /// Reads `ID:BASE64,ID:BASE64`.
    static func list(_ text: String) throws(EncryptionKeyError) -> [EncryptionKey] {
        var keys: [EncryptionKey] = []
        for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let colon = entry.firstIndex(of: ":") else {
                throw EncryptionKeyError("an entry is not of the form ID:BASE64")
            }
            keys.append(
                try EncryptionKey(
                    id: entry[..<colon].trimmingCharacters(in: .whitespaces),
                    base64: entry[entry.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                )
            )
        }
        return keys
    }

    /// Names it.
    public var description: String { "EncryptionKey(\(id))" }
    /// Names it.
    public var debugDescription: String { description }
}

/// A key, or a ring of them, that cannot be used.
public struct EncryptionKeyError: Error, Hashable, CustomStringConvertible {
    /// Says what is wrong. Holds no secret.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
