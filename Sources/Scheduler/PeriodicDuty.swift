import Logging
import Platform
import ServiceLifecycle

/// Something a scheduler does again and again. It must tolerate that other schedulers do it too.
struct PeriodicDuty: Service {
    /// What it is, for logs and health.
    let name: String
    /// Whether jobs get stuck when it does not go round.
    let isVital: Bool
    /// How long to rest between two rounds.
    let interval: Duration
    let health: Heartbeat
    let logger: Logger
    private let meters: DutyMeters
    /// Goes round once. Answers whether there is more to do at once.
    let round: @Sendable () async throws -> Bool

    init(
        _ name: String,
        every interval: Duration,
        isVital: Bool = false,
        logger: Logger,
        round: @escaping @Sendable () async throws -> Bool
    ) {
        self.name = name
        self.isVital = isVital
        self.interval = interval
        health = Heartbeat(limit: interval * 3 + .seconds(10))
        self.logger = logger
        meters = DutyMeters(name)
        self.round = round
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let hasMore = try await self.meters.measure(self.round)
                    self.health.beat()
                    if hasMore { continue }
                } catch {
                    self.logger.warning(
                        "a duty failed; trying again",
                        metadata: ["duty": "\(self.name)", "error": "\(error)"]
                    )
                }
                try? await Task.sleep(for: self.interval)
            }
        }
    }
}
