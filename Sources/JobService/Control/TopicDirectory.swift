import JobCore
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Knows every topic whose queue is not paused, hears of changes at once, and tells the sessions. What it hears of the queues'
/// own limits it hands to the admission control.
final class TopicDirectory: Service {
    private struct State {
        var topics: [Topic]?
        var watchers: [UInt64: AsyncStream<[Topic]>.Continuation] = [:]
        var lastWatcher: UInt64 = 0
        var hasEnded = false
    }

    private let store: TopicStore
    private let queues: QueueStore
    private let limits: QueueLimits
    private let creator: TopicCreator
    private let listener: PostgresListener
    private let logger: Logger
    private let state = Mutex(State())

    init(
        store: TopicStore,
        queues: QueueStore,
        limits: QueueLimits,
        creator: TopicCreator,
        listener: PostgresListener,
        logger: Logger
    ) {
        self.store = store
        self.queues = queues
        self.limits = limits
        self.creator = creator
        self.listener = listener
        self.logger = logger
    }

    /// The topics, at once and whenever they change, until the process ends. Only the latest is kept for a slow reader.
    func changes() -> AsyncStream<[Topic]> {
        let (stream, continuation) = AsyncStream.makeStream(of: [Topic].self, bufferingPolicy: .bufferingNewest(1))
        let watcher = state.withLock { state in
            state.lastWatcher += 1
            state.watchers[state.lastWatcher] = continuation
            if let topics = state.topics { continuation.yield(topics) }
            if state.hasEnded { continuation.finish() }
            return state.lastWatcher
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.watchers.removeValue(forKey: watcher) }
        }
        return stream
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // The first event comes with the connection, so the topics are read at the start and after each gap.
            for await _ in self.listener {
                await self.reload()
            }
        }
        // The sessions end with it: workers open theirs with another job-service, and nothing holds up the process's end.
        let watchers = state.withLock { state in
            state.hasEnded = true
            return state.watchers.values
        }
        watchers.forEach { $0.finish() }
    }

    private func reload() async {
        do {
            limits.set(try await queues.limits())
            let known = try await store.all()
            let topics = known.filter { !$0.isPaused }.map(\.topic)
            // Workers must not subscribe to what does not exist yet: they would find it only at their next refresh.
            await creator.ensure(known.map(\.topic))
            state.withLock { state in
                guard state.topics != topics else { return }
                state.topics = topics
                state.watchers.values.forEach { $0.yield(topics) }
            }
        } catch {
            logger.warning("the topics could not be read", metadata: ["error": "\(error)"])
        }
    }
}
