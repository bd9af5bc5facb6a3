import Foundation
import JobCore
public import JobStore
public import Platform

/// Replays and deletes dead letters, a batch at a time.
public struct DeadLetterActions: Sendable {
    private let store: DeadLetterStore
    private let publisher: JobPublisher

    /// Acts on a store and announces through a publisher.
    public init(store: DeadLetterStore, publisher: JobPublisher) {
        self.store = store
        self.publisher = publisher
    }

    /// Replays selected dead letters, those that died first coming first. What dies while it goes on, as a job that was
    /// replayed may at once, is left alone.
    ///
    /// - Parameters:
    ///   - limit: The most to replay.
    ///   - rate: How many become due in a second; nil queues them all now.
    /// - Returns: How many were replayed.
    /// - Throws: What the store throws; the batches before are replayed then.
    public func replay(
        _ selection: DeadLetterSelection,
        limit: Int,
        rate: Double? = nil,
        by actor: AuditActor
    ) async throws -> Int {
        let (selection, now) = try await frozen(selection)
        return try await inBatches(upTo: limit) { size, position in
            let pace = rate.map { ReplayPace(start: now, rate: $0, position: position) }
            let (count, announcements) = try await store.replay(selection, limit: size, pace: pace, by: actor)
            publisher.publish(announcements)
            return count
        }
    }

    /// Removes selected dead letters for ever, those that died first coming first.
    ///
    /// - Returns: How many were removed.
    /// - Throws: What the store throws; the batches before are removed then.
    public func delete(_ selection: DeadLetterSelection, limit: Int, by actor: AuditActor) async throws -> Int {
        let selection = try await frozen(selection).selection
        return try await inBatches(upTo: limit) { size, _ in
            try await store.delete(selection, limit: size, by: actor)
        }
    }

    /// Those of the selected ones that have died by now.
    private func frozen(_ selection: DeadLetterSelection) async throws -> (selection: DeadLetterSelection, now: Date) {
        let now = try await store.now()
        var selection = selection
        selection.filter.diedBefore = min(selection.filter.diedBefore ?? now, now)
        return (selection, now)
    }

    private func inBatches(upTo limit: Int, _ batch: (_ size: Int, _ position: Int) async throws -> Int) async throws
        -> Int
    {
        var done = 0
        while done < limit {
            let size = min(limit - done, DeadLetterStore.maxBatch)
            let count: Int
            do {
                count = try await retryingConflicts { try await batch(size, done) }
            } catch let error where done > 0 && (error is TenantLimitReached || error is QueueFull) {
                // As many as there was room for.
                break
            }
            done += count
            if count < size { break }
        }
        return done
    }
}
