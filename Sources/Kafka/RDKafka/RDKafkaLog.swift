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
        let level = Self.level(syslog: level)
        guard level >= logger.logLevel else { return }
        logger.log(
            level: level,
            "librdkafka",
            metadata: [
                "facility": "\(facility.map { String(cString: $0) } ?? "")",
                "text": "\(String(cString: text))",
            ]
        )
    }

    /// Maps syslog's levels (RFC 5424, 6.2.1) to swift-log's.
    static func level(syslog level: Int32) -> Logger.Level {
        switch level {
        case ...2: .critical
        case 3: .error
        case 4: .warning
        case 5: .notice
        case 6: .info
        default: .debug
        }
    }
}
