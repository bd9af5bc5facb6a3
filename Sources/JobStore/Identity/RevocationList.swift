public import Foundation
import Synchronization

/// What a process knows to be revoked. Asked for every request, so it answers from memory.
///
/// Entries are kept for longer than any access token lives; ``RevocationStore`` reads as far back.
public final class RevocationList: Sendable {
    /// Longer than an access token lives, and clocks lie apart.
    public static let memory = Duration.seconds(20 * 60)

    private struct State {
        var epochs: [UUID: (epoch: Int, at: ContinuousClock.Instant)] = [:]
        var others: [UUID: ContinuousClock.Instant] = [:]
        var nextPruning: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> ContinuousClock.Instant

    /// A list of nothing.
    ///
    /// - Parameter now: The present time.
    public init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
    }

    /// Whether an access token is good no more.
    public func revokesToken(session: UUID, user: UUID, epoch: Int) -> Bool {
        state.withLock { $0.others[session] != nil || $0.epochs[user].map { epoch < $0.epoch } ?? false }
    }

    /// Whether an API key is good no more.
    public func revokes(key: UUID) -> Bool {
        state.withLock { $0.others[key] != nil }
    }

    /// Adds what was revoked; may be told any number of times.
    public func add(_ revocations: [Revocation]) {
        let now = now()
        state.withLock { state in
            for revocation in revocations {
                switch revocation {
                case .user(let id, let epoch):
                    state.epochs[id] = (max(epoch, state.epochs[id]?.epoch ?? 0), now)
                case .session(let id), .key(let id):
                    state.others[id] = now
                }
            }
            guard state.nextPruning.map({ $0 <= now }) ?? true else { return }
            state.nextPruning = now + Self.memory / 4
            state.epochs = state.epochs.filter { $0.value.at.duration(to: now) < Self.memory }
            state.others = state.others.filter { $0.value.duration(to: now) < Self.memory }
        }
    }
}

/// Something that is good no more although it has not expired.
public enum Revocation: Hashable, Sendable {
    /// An account's access tokens that were issued before its epoch was this.
    case user(UUID, epoch: Int)
    /// All tokens that descend from one login.
    case session(UUID)
    /// An API key.
    case key(UUID)
}
