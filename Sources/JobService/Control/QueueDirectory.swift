import JobCore
import JobStore
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Hears what administrators say about queues: hands their limits to the admission control, and tells workers which were paused and what
/// waits in those that were resumed.
final class QueueDirectory: Service {
    /// How many backlogs of a queue workers are told of at once when it is resumed; the rest the sweep finds.
    private static let maxBacklogs = 1_000

    private let queues: QueueStore
    private let backlogs: BacklogStore
    private let limits: QueueLimits
    private let sessions: WorkerSessions
    private let listener: PostgresListener
    private let logger: Logger

    init(stores: Stores, limits: QueueLimits, sessions: WorkerSessions, listener: PostgresListener, logger: Logger) {
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
                do {
                    self.limits.set(try await self.queues.limits())
                    let now = try await self.queues.paused()
                    let new = now.subtracting(paused)
                    if !new.isEmpty { self.sessions.pause(new) }
                    for queue in paused.subtracting(now) { try await self.tellOfBacklogs(in: queue) }
                    paused = now
                } catch {
                    self.logger.warning("what was said about queues cannot be read", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    private func tellOfBacklogs(in queue: TenantQueue) async throws {
        let waiting = try await backlogs.waiting(of: queue.tenant, in: queue.queue, limit: Self.maxBacklogs)
        _ = sessions.hint(waiting.map { BacklogHint($0, since: 0) })
    }
}
