import JobCore
import Logging
import Metrics
import Postgres
import ServiceLifecycle

/// Queues scheduled and retrying jobs when their time has come.
///
/// It sleeps until the next one is due and is woken when something earlier was stored. Any number of schedulers may do
/// this at once: each due job is taken by one of them.
struct DueJobs: Service {
    /// How many jobs are queued in one statement.
    static let batch = 2_000
    /// The longest sleep: bounds what a notification lost with its connection can cost.
    static let longestSleep = Duration.seconds(5)

    let timers: TimerStore
    let publisher: JobPublisher
    let listener: PostgresListener
    let health = Heartbeat(limit: longestSleep * 3)
    let logger: Logger
    private let queued = Counter(label: "qf_due_jobs_queued_total")

    init(timers: TimerStore, publisher: JobPublisher, listener: PostgresListener, logger: Logger) {
        self.timers = timers
        self.publisher = publisher
        self.listener = listener
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let wake = Signal()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in self.listener { wake.raise() }
                }
                while !Task.isCancelled {
                    await wake.wait(atMost: await self.queueWhatIsDue())
                }
                group.cancelAll()
            }
        }
    }

    /// Queues all that is due.
    ///
    /// - Returns: How long nothing else will be.
    private func queueWhatIsDue() async -> Duration {
        do {
            while true {
                let announcements = try await retryingConflicts { try await timers.queueDueJobs(limit: Self.batch) }
                publisher.publish(announcements)
                queued.increment(by: announcements.count)
                if announcements.count < Self.batch { break }
            }
            health.beat()
            let next = try await timers.untilNextDue() ?? Self.longestSleep
            return min(max(next, .zero), Self.longestSleep)
        } catch {
            logger.warning("due jobs could not be queued; trying again", metadata: ["error": "\(error)"])
            return .seconds(1)
        }
    }
}
