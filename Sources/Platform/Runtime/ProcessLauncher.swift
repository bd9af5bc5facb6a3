import Foundation
public import Logging
import Metrics
import OTLP
public import ServiceLifecycle
public import Telemetry
import Tracing
import UnixSignals

/// Starts a process the way all of QueueFlow's start: settings, logs, metrics, services, and an exit code that says how it went.
public enum ProcessLauncher {
    /// Exit codes of sysexits.h: for settings with which a process cannot start, and for arguments that it does not know.
    private static let badConfiguration: Int32 = 78
    private static let badUsage: Int32 = 64

    /// Runs a process to its end; never returns. With the argument `health` it asks the one that runs with the same settings whether it is
    /// ready, says what it answers, and ends with 0 if it is: for images without any tool that could ask.
    ///
    /// - Parameters:
    ///   - name: The process's name in logs.
    ///   - commands: What it does instead when its first argument is one of these; nil for a program whose arguments are its own affair.
    ///   - settings: Reads its settings.
    ///   - common: The part of the settings that all processes have.
    ///   - services: Makes its services, in the order of starting; they end in reverse order on SIGTERM or SIGINT.
    public static func run<Settings: Sendable>(
        _ name: String,
        commands: [String: @Sendable () async -> Never]? = nil,
        settings: @Sendable () throws -> Settings,
        common: @Sendable (Settings) -> CommonSettings,
        services: @Sendable (Settings, Instruments) async throws -> [any Service]
    ) async -> Never {
        let argument = CommandLine.arguments.dropFirst().first
        if let argument, argument != "health", let commands {
            if let command = commands[argument] { await command() }
            let known = (["health"] + commands.keys).sorted().joined(separator: ", ")
            end(badUsage, "\(name) does not know '\(argument)'; expected nothing, or one of: \(known)")
        }
        let parsed = read(name, settings)
        let shared = common(parsed)
        if argument == "health" {
            let answer = HealthQuestion(bindAddress: shared.bindAddress, port: shared.metricsPort).ask()
            end(answer.isReady ? 0 : 1, answer.text)
        }
        let level = LogLevel(shared.logLevel)
        JSONLogHandler.bootstrap(level: level, service: name)
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
                level: level,
                logger: logger
            )
            // It ends last, so that the spans of all others are sent.
            let exporter = try TraceExport.make(shared.tracing, process: name, logger: logger)
            let all = try await exporter.services + [metrics] + services(parsed, instruments)
            exporter.begin()
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
            fail(error, logger)
        }
    }

    /// Runs what a process does once, with settings of its own, to its end; never returns.
    ///
    /// - Parameters:
    ///   - name: The process's name in logs.
    ///   - settings: Reads the settings, and what is logged.
    ///   - body: Does it.
    public static func runOnce<Settings: Sendable>(
        _ name: String,
        settings: @Sendable () throws -> (settings: Settings, logLevel: Logger.Level),
        _ body: @Sendable (Settings, Logger) async throws -> Void
    ) async -> Never {
        let parsed = read(name, settings)
        JSONLogHandler.bootstrap(level: LogLevel(parsed.logLevel), service: name)
        let logger = Logger(label: name)
        do {
            try await body(parsed.settings, logger)
        } catch {
            fail(error, logger)
        }
        _ = LogOutput.standardError.flush()
        exit(0)
    }

    private static func read<Settings>(_ name: String, _ settings: () throws -> Settings) -> Settings {
        do {
            return try settings()
        } catch {
            end(badConfiguration, "\(name) cannot start:\n\(error)")
        }
    }

    private static func end(_ code: Int32, _ text: String) -> Never {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
        exit(code)
    }

    private static func fail(_ error: any Error, _ logger: Logger) -> Never {
        logger.critical("the process ends with an error", metadata: ["error": "\(error)"])
        _ = LogOutput.standardError.flush()
        exit(1)
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

/// What takes a process's spans, if anything does.
private struct TraceExport {
    let tracer: SpanTracer
    let services: [any Service]

    static func make(
        _ configuration: TracingConfiguration,
        process: String,
        logger: Logger
    ) throws -> TraceExport {
        guard let collector = configuration.collector else { return TraceExport(tracer: SpanTracer(), services: []) }
        var configuration = configuration
        configuration.resource.merge(Self.resource(process)) { given, _ in given }
        let recorder = SpanRecorder(batching: configuration.batching)
        return TraceExport(
            tracer: SpanTracer(sampler: configuration.sampler, recorder: recorder),
            services: [try SpanExporter(configuration, to: collector, from: recorder, logger: logger)]
        )
    }

    private static func resource(_ process: String) -> [String: String] {
        [
            "service.name": "queueflow-\(process)", "service.namespace": "queueflow",
            "service.instance.id": UUID().uuidString.lowercased(),
            "host.name": ProcessInfo.processInfo.hostName,
            "process.pid": "\(ProcessInfo.processInfo.processIdentifier)",
            "telemetry.sdk.name": "queueflow", "telemetry.sdk.language": "swift",
        ]
    }

    /// Puts the tracer in force, unless whoever made the process put another one there.
    func begin() {
        guard InstrumentationSystem.instrument is NoOpInstrument else { return }
        InstrumentationSystem.bootstrap(tracer)
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
