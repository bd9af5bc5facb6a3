import Concurrency
import JobCore
import JobStore
import Logging
import Metrics
import Platform
import Postgres
import ServiceLifecycle
import Synchronization

/// Tells workers of backlogs: of those that a scheduler's sweep found, and of those of which another worker had no room for a job.
///
/// When no worker of this process has room for one, the other job-services are told, each backlog once a second at most: the sweep does
/// that, too.
final class HintRelay: Service {
    private struct State {
        var waiting: [Backlog: Int64] = [:]
        var toldAt: [Backlog: ContinuousClock.Instant] = [:]
    }

    /// How long drops are gathered before other job-services are told, and how long a backlog is not told again.
    private static let (gathering, silence) = (Duration.milliseconds(50), Duration.seconds(1))
    /// How many backlogs are told at once; the rest is left to the sweep.
    private static let maxBacklogs = 1_000

    private let sessions: WorkerSessions
    private let store: BacklogStore
    private let listener: PostgresListener
    private let logger: Logger
    private let state = Mutex(State())
    private let signal = Signal()
    private let hintedByWorkers = Counter(.hints, [("kind", "dropped")])
    private let hintedByOthers = Counter(.hints, [("kind", "told")])

    /// A relay of what is told on ``BacklogStore/channel``.
    init(sessions: WorkerSessions, store: BacklogStore, listener: PostgresListener, logger: Logger) {
        self.sessions = sessions
        self.store = store
        self.listener = listener
        self.logger = logger
    }

    /// A worker had no room, or no handler, for jobs of backlogs.
    func dropped(_ hints: [BacklogHint], by worker: WorkerID) {
        hintedByWorkers.increment(by: hints.count)
        let unserved = sessions.hint(hints, except: worker)
        guard !unserved.isEmpty else { return }
        let now = ContinuousClock.now
        let hasNew = state.withLock { state in
            var hasNew = false
            for hint in unserved where state.waiting.count < Self.maxBacklogs {
                if let told = state.toldAt[hint.backlog], told + Self.silence > now { continue }
                state.waiting[hint.backlog] = min(state.waiting[hint.backlog] ?? .max, hint.since)
                hasNew = true
            }
            return hasNew
        }
        if hasNew { signal.raise() }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.announce() }
                for await event in self.listener {
                    guard case .notification(let notification) = event else { continue }
                    let hints = BacklogNotice.hints(in: notification.payload)
                    self.hintedByOthers.increment(by: hints.count)
                    _ = self.sessions.hint(hints)
                }
                group.cancelAll()
            }
        }
        // Nothing holds up the process's end: workers open their sessions with another one.
        sessions.end()
    }

    private func announce() async {
        while !Task.isCancelled {
            await signal.wait()
            try? await Task.sleep(for: Self.gathering)
            let now = ContinuousClock.now
            let hints = state.withLock { state in
                defer { state.waiting = [:] }
                state.toldAt = state.toldAt.filter { $0.value + Self.silence > now }
                for backlog in state.waiting.keys { state.toldAt[backlog] = now }
                return state.waiting.map { BacklogHint($0.key, since: $0.value) }
            }
            do {
                try await store.announce(hints)
            } catch {
                logger.debug("other job-services were not told of backlogs", metadata: ["error": "\(error)"])
            }
        }
    }
}
