import JobCore
import JobStore
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Knows each tenant's limits and state, for every request and without asking: it holds those of the tenants that are not like all
/// others, read at the start, when the database tells of a change, and now and then in case a word is lost.
final class TenantDirectory: Service {
    private static let period = Duration.seconds(15)

    /// What holds for tenants without limits of their own.
    let usual: TenantLimits
    private let read: @Sendable () async throws -> [TenantName: TenantStanding]
    private let listener: PostgresListener
    private let logger: Logger
    private let changed: @Sendable (_ closed: Set<TenantName>, _ opened: Set<TenantName>) async -> Void
    private let special = Mutex<[TenantName: TenantStanding]>([:])
    /// The latest to read.
    private let last = Mutex<Task<Void, any Error>?>(nil)

    /// Knows tenants.
    ///
    /// - Parameters:
    ///   - read: Reads those that are not like all others.
    ///   - changed: Is told which tenants are not active now, and which are that were not.
    init(
        usual: TenantLimits,
        read: @escaping @Sendable () async throws -> [TenantName: TenantStanding],
        listener: PostgresListener,
        logger: Logger,
        changed: @escaping @Sendable (_ closed: Set<TenantName>, _ opened: Set<TenantName>) async -> Void = { _, _ in }
    ) {
        self.changed = changed
        self.usual = usual
        self.read = read
        self.listener = listener
        self.logger = logger
    }

    /// Where a tenant stands.
    func state(of tenant: TenantName) -> TenantState {
        special.withLock { $0[tenant]?.state ?? .active }
    }

    /// How much a tenant may have of everything.
    func limits(of tenant: TenantName) -> TenantLimits {
        special.withLock { $0[tenant]?.ownLimits }.map(usual.overridden) ?? usual
    }

    /// How much a tenant may have of something.
    func limit(_ limit: TenantLimit, of tenant: TenantName) -> Int {
        special.withLock { $0[tenant]?.ownLimits[limit] } ?? usual[limit]
    }

    /// Reads what is on record. To be done before anybody is let in.
    ///
    /// One reads after the other, so that none puts back what it read before another one's.
    ///
    /// - Throws: What the store throws.
    func load() async throws {
        let load = last.withLock { last in
            let load = Task { [self, last] in
                _ = await last?.result
                try await take()
            }
            last = load
            return load
        }
        try await load.value
    }

    private func take() async throws {
        let now = try await read()
        let before = special.withLock { special in
            defer { special = now }
            return Self.closed(special)
        }
        let closed = Self.closed(now)
        if closed != before { await changed(closed, before.subtracting(closed)) }
    }

    private static func closed(_ tenants: [TenantName: TenantStanding]) -> Set<TenantName> {
        Set(tenants.filter { $0.value.state != .active }.keys)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    // The first event comes with the connection.
                    for await _ in self.listener { await self.look() }
                }
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.period)
                        await self.look()
                    }
                }
                await group.waitForAll()
            }
        }
    }

    private func look() async {
        do {
            try await load()
        } catch {
            logger.debug("the tenants cannot be read", metadata: ["error": "\(error)"])
        }
    }
}
