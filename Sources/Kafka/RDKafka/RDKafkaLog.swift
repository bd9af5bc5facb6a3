import CRDKafka
import Logging

/// Carries librdkafka's log lines to swift-log.
///
/// librdkafka calls back on whichever of its threads has something to say, at any time until `rd_kafka_destroy` has
/// returned, so the handle keeps this object for as long. The callback must not call librdkafka, and it does not.
final class RDKafkaLog: Sendable {
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// Makes a client that is made from the configuration log here.
    func attach(to configuration: RDKafkaConfiguration) {
        rd_kafka_conf_set_opaque(configuration.pointer, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_log_cb(configuration.pointer) { client, level, facility, text in
            guard let client, let text, let opaque = rd_kafka_opaque(client) else { return }
            Unmanaged<RDKafkaLog>.fromOpaque(opaque)._withUnsafeGuaranteedRef { log in
                log.write(level: level, facility: facility, text: text)
            }
        }
    }

    private func write(level: Int32, facility: UnsafePointer<CChar>?, text: UnsafePointer<CChar>) {
        let facility = facility.map { String(cString: $0) } ?? ""
        let level = Self.level(syslog: level, facility: facility)
        guard level >= logger.logLevel else { return }
        var metadata = Self.fields(of: String(cString: text))
        metadata["facility"] = "\(facility)"
        logger.log(level: level, "librdkafka", metadata: metadata)
    }

    /// What a line says, with a field for each fact. librdkafka writes `[thrd:THREAD]: BROKER: TEXT`, where the thread and the broker may be
    /// missing.
    static func fields(of line: String) -> Logger.Metadata {
        var fields: Logger.Metadata = [:]
        var text = line[...]
        if text.hasPrefix("[thrd:"), let end = text.firstRange(of: "]: ") {
            fields["thread"] = "\(text[..<end.lowerBound].dropFirst("[thrd:".count))"
            text = text[end.upperBound...]
        }
        if let end = text.firstRange(of: ": "), !text[..<end.lowerBound].contains(" ") {
            fields["broker"] = "\(text[..<end.lowerBound])"
            text = text[end.upperBound...]
        }
        fields["text"] = "\(text)"
        return fields
    }

    /// Maps syslog's levels (RFC 5424, 6.2.1) to swift-log's.
    ///
    /// Properties that concern only another kind of client are no cause for a warning: all clients of a process may be given the
    /// same ones. librdkafka refuses those that it does not know.
    static func level(syslog level: Int32, facility: String) -> Logger.Level {
        switch level {
        case _ where facility == "CONFWARN": .debug
        case ...2: .critical
        case 3: .error
        case 4: .warning
        case 5: .notice
        case 6: .info
        default: .debug
        }
    }
}
