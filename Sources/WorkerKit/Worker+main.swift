package import Logging
import Platform
package import ServiceLifecycle
import Telemetry

extension Worker {
    /// A worker as a whole process: settings from the environment, logs, metrics and health on `METRICS_PORT`, and an orderly end on
    /// SIGTERM or SIGINT.
    ///
    ///     @main struct Mailer {
    ///         static func main() async {
    ///             await Worker.main { $0.handle(SendEmail.self) { email, job in try await send(email) } }
    ///         }
    ///     }
    ///
    /// Exits with 78 when a setting is missing or wrong, having said all that is, and with 1 when the worker cannot go on.
    ///
    /// - Parameter register: Registers handlers, and what is round them.
    public static func main(_ register: @escaping @Sendable (inout Worker) async throws -> Void) async -> Never {
        await main(settings: { try WorkerSettings() }, common: \.self) { worker, _, _ in
            try await register(&worker)
            return []
        }
    }

    /// The same with settings of one's own and services beside the worker.
    package static func main<Settings: Sendable>(
        settings: @Sendable () throws -> Settings,
        common: @escaping @Sendable (Settings) -> WorkerSettings,
        _ register: @escaping @Sendable (inout Worker, Settings, Logger) async throws -> [any Service]
    ) async -> Never {
        await ProcessLauncher.run("worker", settings: settings, common: { common($0).common }) {
            settings,
            instruments in
            let health = WorkerHealth()
            await instruments.readiness.addCheck("session") {
                if let problem = health.problem { throw NotReady(reason: problem) }
            }
            instruments.registry.collect(WorkerFigures.descriptions) { health.figures?.samples ?? [] }
            var worker = Worker(
                configuration: WorkerConfiguration(common(settings)),
                logger: instruments.logger,
                health: health
            )
            return try await register(&worker, settings, instruments.logger) + [worker]
        }
    }
}
