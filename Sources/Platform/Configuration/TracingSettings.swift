import Foundation
import GRPC
import JobCore
import OTLP

extension TracingConfiguration {
    /// Reads the variables of OpenTelemetry. Those for traces alone go before the general ones.
    init(_ reader: inout SettingsReader) {
        self.init()
        sampler = Self.sampler(&reader)
        let queueSize = reader.integer(.spanQueueSize, default: 2_048, in: 1...1_000_000)
        batching = SpanBatching(
            delay: reader.milliseconds(.spanDelay, default: .seconds(5)),
            queueSize: queueSize,
            batchSize: reader.integer(.spanBatchSize, default: min(512, queueSize), in: 1...queueSize),
            timeout: reader.milliseconds(.spanTimeout, default: .seconds(30))
        )
        resource = reader.encodedPairs(.resourceAttributes, default: [:])
        if let name = reader.optional(.serviceName, default: String?.none, expected: "a name", { $0 }) {
            resource["service.name"] = name
        }
        let isOff = reader.optional(.otelDisabled, default: false, expected: "true or false") {
            ["true": true, "false": false][$0.lowercased()]
        }
        let exporter = reader.optional(.tracesExporter, default: "otlp", expected: "otlp or none") {
            ["otlp", "none"].contains($0) ? $0 : nil
        }
        let found = SpanCollector(&reader)
        collector = isOff || exporter == "none" ? nil : found
    }

    private static func sampler(_ reader: inout SettingsReader) -> TraceSampler {
        let argument = reader.optional(.tracesSamplerArgument, default: String?.none, expected: "a number") { $0 }
        let isNamed = reader.optional(.tracesSampler, default: false, expected: "") { _ in true }
        guard isNamed else { return .parentBased(.always) }
        return reader.optional(
            .tracesSampler,
            default: .parentBased(.always),
            expected:
                "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio, and for a ratio OTEL_TRACES_SAMPLER_ARG from 0 to 1"
        ) { TraceSampler(name: $0, argument: argument) }
    }
}

extension SpanCollector {
    /// Reads where spans go; nil when that is nowhere.
    fileprivate init?(_ reader: inout SettingsReader) {
        /// The value of the variable for traces alone, else of the general one, else the default.
        func value<Value>(
            _ setting: Setting,
            _ usual: Value,
            _ read: (inout SettingsReader, Setting, Value) -> Value
        ) -> Value {
            read(&reader, Setting.ofTraces(setting), read(&reader, setting, usual))
        }
        let kind = value(.otlpProtocol, "grpc") { reader, setting, usual in
            reader.optional(setting, default: usual, expected: "grpc") { $0 == "grpc" ? $0 : nil }
        }
        let endpoint = value(.otlpEndpoint, Endpoint?.none) { reader, setting, usual in
            reader.optional(
                setting,
                default: usual,
                expected: "http://host:port, or https://host:port for TLS, without a path"
            ) { Endpoint($0).map(Optional.some) }
        }
        let headers = value(.otlpHeaders, [:]) { reader, setting, usual in
            reader.encodedPairs(setting, default: usual, isSecret: true)
        }
        let timeout = value(.otlpTimeout, Duration.seconds(10)) { reader, setting, usual in
            reader.milliseconds(setting, default: usual)
        }
        let roots = value(.otlpCertificate, String?.none) { reader, setting, usual in
            reader.optional(setting, default: usual, expected: "a file that can be read") {
                FileManager.default.isReadableFile(atPath: $0) ? .some($0) : nil
            }
        }
        let isCompressed = value(.otlpCompression, false) { reader, setting, usual in
            reader.optional(setting, default: usual, expected: "gzip or none") { ["gzip": true, "none": false][$0] }
        }
        guard let endpoint, kind == "grpc" else { return nil }
        self.init(
            address: endpoint.address,
            tls: endpoint.isSecure ? ClientTLS(trustRoots: roots.map(PEMSource.file)) : nil,
            headers: headers,
            timeout: timeout,
            isCompressed: isCompressed
        )
    }
}

/// Where a collector is.
private struct Endpoint {
    /// The port of OTLP over gRPC.
    private static let usualPort = 4_317

    let address: String
    let isSecure: Bool

    init?(_ text: String) {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = url.host(), !host.isEmpty, ["", "/"].contains(url.path()), url.query() == nil
        else { return nil }
        address = GRPCAddress(host: host, port: url.port ?? Self.usualPort).description
        isSecure = scheme == "https"
    }
}
