import Concurrency
public import Foundation
public import JobCore
import Synchronization

/// What a process knows to be revoked. Asked for every request, so it answers from memory; what lasts longer than a request waits for
/// changes.
///
/// Entries are kept for longer than any access token lives; ``RevocationStore`` reads as far back.
public final class RevocationList: Sendable {
    /// Longer than an access token lives, and clocks lie apart.
    public static let memory = Duration.seconds(20 * 60)

    fileprivate struct State {
        var epochs: [UUID: (epoch: Int, at: ContinuousClock.Instant)] = [:]
        var others: [UUID: ContinuousClock.Instant] = [:]
        var closed: Set<TenantName> = []
        var nextPruning: ContinuousClock.Instant?
        var version: UInt64 = 0
        var waiters = WaiterQueue<Void>()
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

    /// Whether no credential of a tenant is good, as it is suspended or being removed.
    public func isClosed(_ tenant: TenantName) -> Bool {
        state.withLock { $0.closed.contains(tenant) }
    }

    /// Takes the tenants of which no credential is good, in place of all that were known.
    public func setClosed(_ tenants: Set<TenantName>) {
        state.withLock { state in
            guard state.closed != tenants else { return WaiterQueue<Void>.Woken.none }
            state.closed = tenants
            state.version += 1
            return state.waiters.removeAll()
        }.resume()
    }

    /// Grows with each revocation that was not known before.
    public var version: UInt64 { state.withLock(\.version) }

    /// Waits until there is a later version than this one, for a while at most, or until the task is cancelled.
    package func change(after version: UInt64, atMost limit: Duration) async {
        _ = await withTimeLimit(limit) {
            await self.state.wait(in: \.waiters) { $0.version > version }
        }
    }

    /// Adds what was revoked; may be told any number of times.
    public func add(_ revocations: [Revocation]) {
        let now = now()
        state.withLock { state in
            let before = state.version
            for revocation in revocations {
                switch revocation {
                case .user(let id, let epoch):
                    let known = state.epochs[id]?.epoch
                    state.epochs[id] = (max(epoch, known ?? 0), now)
                    if epoch > known ?? .min { state.version += 1 }
                case .session(let id), .key(let id):
                    if state.others.updateValue(now, forKey: id) == nil { state.version += 1 }
                }
            }
            state.prune(at: now)
            return state.version > before ? state.waiters.removeAll() : .none
        }.resume()
    }
}

extension RevocationList.State {
    /// Forgets, now and then, what no token can be concerned by any longer.
    fileprivate mutating func prune(at now: ContinuousClock.Instant) {
        guard nextPruning.map({ $0 <= now }) ?? true else { return }
        nextPruning = now + RevocationList.memory / 4
        epochs = epochs.filter { $0.value.at.duration(to: now) < RevocationList.memory }
        others = others.filter { $0.value.duration(to: now) < RevocationList.memory }
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
