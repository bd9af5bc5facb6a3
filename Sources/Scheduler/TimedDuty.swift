import Concurrency
import JobCore
import JobStore
import Logging
import Platform
import Postgres
import ServiceLifecycle

/// Something a scheduler does when its time has come.
///
/// It sleeps until the next time and is woken when something earlier was stored. Any number of schedulers may do it at once:
/// what is due is taken by one of them.
struct TimedDuty: Service {
    /// The longest sleep: bounds what a notification lost with its connection can cost.
    static let longestSleep = TimerStore.longestSleep
    /// The shortest one when something is overdue after a round: another scheduler has it.
    static let shortestSleep = Duration.milliseconds(50)

    /// What it is, for logs and health.
    let name: String
    let health = Heartbeat(limit: longestSleep * 3)
    let listener: PostgresListener
    let logger: Logger
    private let meters: DutyMeters
    /// Does all that is due. Answers how long nothing else will be; nil when nothing waits.
    let round: @Sendable () async throws -> Duration?

    init(
        _ name: String,
        listener: PostgresListener,
        logger: Logger,
        round: @escaping @Sendable () async throws -> Duration?
    ) {
        self.name = name
        self.listener = listener
        self.logger = logger
        meters = DutyMeters(name)
        self.round = round
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let wake = Signal()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in self.listener { wake.raise() }
                }
                while !Task.isCancelled {
                    await wake.wait(atMost: await self.goRound())
                }
                group.cancelAll()
            }
        }
    }

    /// Goes round once.
    ///
    /// - Returns: How long to sleep.
    private func goRound() async -> Duration {
        do {
            let next = try await meters.measure(round) ?? Self.longestSleep
            health.beat()
            return next <= .zero ? Self.shortestSleep : min(next, Self.longestSleep)
        } catch {
            logger.warning("a duty failed; trying again", metadata: ["duty": "\(name)", "error": "\(error)"])
            return .seconds(1)
        }
    }
}
