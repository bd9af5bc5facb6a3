import Foundation
import Synchronization

/// Hashes and checks passwords on threads of its own, few at a time, so that a flood of logins takes neither all memory nor
/// all processors.
public final class PasswordHasher: Sendable {
    /// How many are hashed at once; each takes 32 MiB.
    private static let parallel = 2
    /// How many may wait. The last of them waits some seconds.
    private static let waitingLimit = 32

    private let cost: PasswordHash.Cost
    private let queue: OperationQueue
    private let pending = Mutex(0)
    /// What is checked for accounts that do not exist, so that this takes as long as for those that do.
    private let nobody: PasswordHash

    /// A hasher.
    ///
    /// - Parameter cost: How dear a guess is.
    public init(cost: PasswordHash.Cost = .standard) {
        self.cost = cost
        nobody = PasswordHash(ofNobody: cost)
        queue = OperationQueue()
        queue.name = "queueflow.passwords"
        queue.maxConcurrentOperationCount = Self.parallel
    }

    /// Hashes a new password.
    ///
    /// - Throws: ``PasswordHasherBusy`` when too many wait.
    public func hash(_ password: String) async throws -> PasswordHash {
        try await perform { [cost] in try PasswordHash(password, cost: cost) }
    }

    /// Whether a password belongs to a hash; takes as long without one, and says no.
    ///
    /// - Throws: ``PasswordHasherBusy`` when too many wait.
    public func verify(_ password: String, against hash: PasswordHash?) async throws -> Bool {
        try await perform { [nobody] in
            let matches = try (hash ?? nobody).matches(password)
            return hash != nil && matches
        }
    }

    private func perform<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let isAccepted = pending.withLock { pending in
            guard pending < Self.parallel + Self.waitingLimit else { return false }
            pending += 1
            return true
        }
        guard isAccepted else { throw PasswordHasherBusy() }
        defer { pending.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Result(catching: body)) }
        }
    }
}

/// Too many passwords wait to be checked already. Try again later.
public struct PasswordHasherBusy: Error, CustomStringConvertible {
    /// Says what to do.
    public var description: String { "too many logins are under way; try again later" }
}
