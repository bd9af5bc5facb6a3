/// The variables of OpenTelemetry that are read, with the names and meanings of its specification.
extension Setting {
    private static func otel(_ name: String, default defaultValue: String, _ meaning: String) -> Setting {
        Setting("OTEL_\(name)", default: defaultValue, meaning, Process.allCases)
    }

    package static let otlpEndpoint = otel(
        "EXPORTER_OTLP_ENDPOINT",
        default: "(none)",
        "Where spans go, by OTLP over gRPC: `http://host:4317`, or `https://host:4317` for TLS. Without it none are made."
    )
    package static let otlpHeaders = otel(
        "EXPORTER_OTLP_HEADERS",
        default: "(none)",
        "What is sent along, such as credentials, as `name=value,name=value` with percent-encoded values."
    )
    package static let otlpTimeout = otel(
        "EXPORTER_OTLP_TIMEOUT",
        default: "10000",
        "How long, in milliseconds, an attempt to send spans may take."
    )
    package static let otlpCertificate = otel(
        "EXPORTER_OTLP_CERTIFICATE",
        default: "(the system's)",
        "The file with the certificates, in PEM, that the collector's is to lead to."
    )
    package static let otlpCompression = otel(
        "EXPORTER_OTLP_COMPRESSION",
        default: "none",
        "How requests are compressed: gzip or none."
    )
    package static let otlpProtocol = otel(
        "EXPORTER_OTLP_PROTOCOL",
        default: "grpc",
        "How spans are sent; there is grpc and no other."
    )
    package static let tracesExporter = otel("TRACES_EXPORTER", default: "otlp", "otlp, or none for no spans.")
    package static let tracesSampler = otel(
        "TRACES_SAMPLER",
        default: "parentbased_always_on",
        "Which traces are recorded: always_on, always_off, traceidratio, or one of these after parentbased_, for those that begin here."
    )
    package static let tracesSamplerArgument = otel(
        "TRACES_SAMPLER_ARG",
        default: "1",
        "Of the samplers by ratio, which part is recorded, from 0 to 1."
    )
    package static let spanDelay = otel(
        "BSP_SCHEDULE_DELAY",
        default: "5000",
        "How long, in milliseconds, spans are gathered before they are sent."
    )
    package static let spanTimeout = otel(
        "BSP_EXPORT_TIMEOUT",
        default: "30000",
        "How long, in milliseconds, sending them may take, with what is tried again."
    )
    package static let spanQueueSize = otel(
        "BSP_MAX_QUEUE_SIZE",
        default: "2048",
        "How many spans may wait; those beyond are dropped and counted."
    )
    package static let spanBatchSize = otel(
        "BSP_MAX_EXPORT_BATCH_SIZE",
        default: "512",
        "How many spans are sent at once."
    )
    package static let serviceName = otel(
        "SERVICE_NAME",
        default: "(the process's)",
        "What the process is called in traces."
    )
    package static let resourceAttributes = otel(
        "RESOURCE_ATTRIBUTES",
        default: "(none)",
        "What else is said of the process, as `name=value,name=value` with percent-encoded values."
    )
    package static let otelDisabled = otel("SDK_DISABLED", default: "false", "`true` for no spans at all.")

    /// What holds for traces and not for what else OpenTelemetry sends, which QueueFlow does not: it goes before the general one.
    package static func ofTraces(_ setting: Setting) -> Setting {
        Setting(
            setting.name.replacing("OTLP_", with: "OTLP_TRACES_"),
            default: "(the general one)",
            "The same for traces alone, and goes before it.",
            setting.processes
        )
    }

    /// Those that have a variable for traces alone.
    private static let general = [
        otlpEndpoint, otlpHeaders, otlpTimeout, otlpCertificate, otlpCompression, otlpProtocol,
    ]

    /// All of them.
    static let ofOpenTelemetry: [Setting] =
        general.flatMap { [$0, ofTraces($0)] } + [
            tracesExporter, tracesSampler, tracesSamplerArgument, spanDelay, spanTimeout, spanQueueSize, spanBatchSize,
            serviceName, resourceAttributes, otelDisabled,
        ]
}
