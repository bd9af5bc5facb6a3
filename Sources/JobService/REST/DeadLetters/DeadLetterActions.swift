import Foundation
public import JobCore
public import JobStore
public import Platform

/// Replays and deletes dead letters, a batch at a time.
public struct DeadLetterActions: Sendable {
    private let store: DeadLetterStore
    private let publisher: JobPublisher
    private let budget: JobBudget?
    private let changed: @Sendable ([JobID], TenantName) -> Void

    /// Acts on a store and announces through a publisher.
    ///
    /// - Parameters:
    ///   - budget: What is replayed counts as submitted; nil admits any number.
    ///   - changed: Is told which jobs of a tenant were replayed or removed.
    public init(
        store: DeadLetterStore,
        publisher: JobPublisher,
        budget: JobBudget? = nil,
        changed: @escaping @Sendable (_ jobs: [JobID], _ tenant: TenantName) -> Void = { _, _ in }
    ) {
        self.store = store
        self.publisher = publisher
        self.budget = budget
        self.changed = changed
    }

    /// Replays selected dead letters, those that died first coming first. What dies while it goes on, as a job that was
    /// replayed may at once, is left alone.
    ///
    /// - Parameters:
    ///   - limit: The most to replay.
    ///   - rate: How many become due in a second; nil queues them all now.
    ///   - tenant: Who asks, and out of whose budget they are taken.
    /// - Returns: How many were replayed.
    /// - Throws: ``JobBudgetSpent`` and what the store throws; the batches before are replayed then.
    public func replay(
        _ selection: DeadLetterSelection,
        limit: Int,
        rate: Double? = nil,
        of tenant: TenantName,
        by actor: AuditActor
    ) async throws -> Int {
        let (selection, now) = try await frozen(selection)
        // How many there are nobody knows before they are replayed: one is taken out of the budget before, and the others after.
        var owed = 0
        let done = try await inBatches(upTo: limit) { size, position in
            try await budget?.spend(1, of: tenant, owed: owed)
            owed = 0
            let pace = rate.map { ReplayPace(start: now, rate: $0, position: position) }
            let (replayed, announcements) = try await retryingConflicts {
                try await store.replay(selection, limit: size, pace: pace, by: actor)
            }
            owed = max(0, replayed.count - 1)
            publisher.publish(announcements)
            return tell(replayed)
        }
        _ = try? await budget?.spend(0, of: tenant, owed: owed)
        return done
    }

    /// Removes selected dead letters for ever, those that died first coming first.
    ///
    /// - Returns: How many were removed.
    /// - Throws: What the store throws; the batches before are removed then.
    public func delete(_ selection: DeadLetterSelection, limit: Int, by actor: AuditActor) async throws -> Int {
        let selection = try await frozen(selection).selection
        return try await inBatches(upTo: limit) { size, _ in
            tell(try await retryingConflicts { try await store.delete(selection, limit: size, by: actor) })
        }
    }

    /// Says which jobs are not as they were.
    ///
    /// - Returns: How many these are.
    private func tell(_ jobs: JobsByTenant) -> Int {
        for (tenant, jobs) in jobs.jobs { changed(jobs, tenant) }
        return jobs.count
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
                count = try await batch(size, done)
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
