import Foundation
public import Logging
import Metrics
public import ServiceLifecycle
public import Telemetry
import UnixSignals

/// Starts a process the way all of QueueFlow's start: settings, logs, metrics, services, and an exit code that says how it went.
public enum ProcessLauncher {
    /// Exit code of sysexits.h for settings with which a process cannot start.
    private static let badConfiguration: Int32 = 78

    /// Runs a process to its end; never returns.
    ///
    /// - Parameters:
    ///   - name: The process's name in logs.
    ///   - settings: Reads its settings.
    ///   - common: The part of the settings that all processes have.
    ///   - services: Makes its services, in the order of starting; they end in reverse order on SIGTERM or SIGINT.
    public static func run<Settings: Sendable>(
        _ name: String,
        settings: @Sendable () throws -> Settings,
        common: @Sendable (Settings) -> CommonSettings,
        services: @Sendable (Settings, Instruments) async throws -> [any Service]
    ) async -> Never {
        let parsed: Settings
        do {
            parsed = try settings()
        } catch {
            FileHandle.standardError.write(Data("\(name) cannot start:\n\(error)\n".utf8))
            exit(badConfiguration)
        }
        let shared = common(parsed)
        JSONLogHandler.bootstrap(level: shared.logLevel, service: name)
        let registry = PrometheusRegistry.queueFlow()
        MetricsSystem.bootstrap(registry)
        registry.collectProcessMetrics()
        registry.gauge(
            .buildInfo,
            labels: ["version": shared.build.version, "revision": shared.build.revision, "process": name]
        ).set(1)
        let logger = Logger(label: name)
        let instruments = Instruments(logger: logger, registry: registry, readiness: Readiness())
        do {
            let metrics = MetricsServer(
                host: shared.bindAddress,
                port: shared.metricsPort,
                registry: registry,
                readiness: instruments.readiness,
                logger: logger
            )
            let all = try await [metrics] + services(parsed, instruments)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: all.map {
                        .init(service: NamedService(service: $0), successTerminationBehavior: .gracefullyShutdownGroup)
                    },
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger
                )
            )
            try await group.run()
            _ = LogOutput.standardError.flush()
            exit(0)
        } catch {
            logger.critical("the process ends with an error", metadata: ["error": "\(error)"])
            _ = LogOutput.standardError.flush()
            exit(1)
        }
    }
}

/// A service that says no more of itself than its type: the service group writes services into its log, and what they are
/// made of holds secrets.
private struct NamedService: Service, CustomStringConvertible {
    let service: any Service

    var description: String { "\(type(of: service))" }

    func run() async throws {
        try await service.run()
    }
}

/// What a process reports through.
public struct Instruments: Sendable {
    /// Its logs.
    public let logger: Logger
    /// Its metrics.
    public let registry: PrometheusRegistry
    /// Whether it makes progress.
    public let readiness: Readiness
}
