import Concurrency
import Foundation
import JobStore
import Synchronization

/// Knows who bears an API key.
///
/// Keys that are good are remembered for a minute, and what is revoked meanwhile is heard of; others are asked for each time. They are
/// known by their digest: the process keeps none that could be used.
final class APIKeys: Sendable {
    private static let remembered = 10_000
    private static let memory = Duration.seconds(60)
    /// Longer text is no key of ours.
    private static let maxLength = 128

    private struct Entry {
        var key: APIKey
        var readAt: ContinuousClock.Instant
    }

    private let store: APIKeyStore
    private let revocations: RevocationList
    private let known = Mutex(LRUCache<[UInt8], Entry>(capacity: remembered))

    /// Knows the keys of a store.
    init(store: APIKeyStore, revocations: RevocationList) {
        self.store = store
        self.revocations = revocations
    }

    /// Whether text can be a key at all.
    static func isKey(_ text: some StringProtocol) -> Bool {
        text.hasPrefix(SecretToken.apiKeyPrefix) && text.utf8.count <= maxLength
    }

    /// Who bears a key; nil when it is none, or good no more.
    func caller(of text: some StringProtocol) async throws -> Caller? {
        guard Self.isKey(text) else { return nil }
        let hash = SecretToken.hash(of: text)
        guard let key = try await key(hash) else { return nil }
        let caller = Caller(principal: key.principal, credential: .key(key.id), expiresAt: key.expiresAt)
        return caller.isProved(by: revocations) ? caller : nil
    }

    private func key(_ hash: [UInt8]) async throws -> APIKey? {
        let now = ContinuousClock.now
        if let entry = known.withLock({ $0.value(for: hash) }), entry.readAt.duration(to: now) < Self.memory {
            return entry.key
        }
        guard let key = try await store.key(hash: hash) else { return nil }
        known.withLock { _ = $0.set(Entry(key: key, readAt: now), for: hash) }
        return key
    }
}
