import JobCore
import JobStore
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Hears what administrators say about queues: hands their limits to the admission control, and tells workers which were paused and what
/// waits in those that were resumed.
final class QueueDirectory: Service {
    private let queues: QueueStore
    private let backlogs: BacklogStore
    private let limits: QueueLimits
    private let sessions: WorkerSessions
    private let listener: PostgresListener
    private let logger: Logger
    private let changed: @Sendable () -> Void

    /// Hears on a listener.
    ///
    /// - Parameter changed: Is told that queues were changed or removed.
    init(
        stores: Stores,
        limits: QueueLimits,
        sessions: WorkerSessions,
        listener: PostgresListener,
        logger: Logger,
        changed: @escaping @Sendable () -> Void = {}
    ) {
        self.changed = changed
        queues = stores.queues
        backlogs = stores.backlogs
        self.limits = limits
        self.sessions = sessions
        self.listener = listener
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var paused: Set<TenantQueue> = []
            // The first event comes with the connection, so that everything is read at the start and after each gap.
            for await _ in self.listener {
                self.changed()
                do {
                    self.limits.set(try await self.queues.limits())
                    let now = try await self.queues.paused()
                    let new = now.subtracting(paused)
                    if !new.isEmpty { self.sessions.pause(new) }
                    for queue in paused.subtracting(now) {
                        await self.sessions.tellOfBacklogs(of: queue.tenant, in: queue.queue, self.backlogs)
                    }
                    paused = now
                } catch {
                    self.logger.warning("what was said about queues cannot be read", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}

extension WorkerSessions {
    /// How many backlogs workers are told of at once; the rest the sweep finds.
    private static let maxBacklogs = 1_000

    /// Tells of what waits in a queue, or all queues of a tenant, once workers may have it again. Should that fail, the sweep does.
    func tellOfBacklogs(of tenant: TenantName, in queue: QueueName?, _ store: BacklogStore) async {
        let waiting = try? await store.waiting(of: tenant, in: queue, limit: Self.maxBacklogs)
        _ = hint((waiting ?? []).map { BacklogHint($0, since: 0) })
    }
}
