import CRDKafka

/// A librdkafka configuration object; `rd_kafka_new` takes it over if it succeeds.
final class RDKafkaConfiguration {
    let pointer: OpaquePointer
    private var isOwned = true

    /// Sets the properties in order.
    ///
    /// - Throws: ``KafkaErrorCode/invalidArgument`` with the property's name. librdkafka's own words for a bad value repeat the
    ///   value, so they are left out where the value may be a secret.
    init(properties: [KafkaProperty]) throws(KafkaError) {
        pointer = rd_kafka_conf_new()
        for property in properties {
            var reason = [CChar](repeating: 0, count: 512)
            let result = rd_kafka_conf_set(pointer, property.name, property.value, &reason, reason.count)
            guard result == RD_KAFKA_CONF_OK else {
                throw KafkaError(
                    code: .invalidArgument,
                    operation: .configure,
                    subject: "property \(property.name)",
                    reason: property.mayBeSecret ? "its value is not valid" : String(nulTerminated: reason)
                )
            }
        }
    }

    deinit {
        if isOwned { rd_kafka_conf_destroy(pointer) }
    }

    /// Notes that librdkafka now owns the object.
    func wasTaken() {
        isOwned = false
    }
}

extension KafkaProperty {
    fileprivate var mayBeSecret: Bool {
        ["password", "secret", "username", "key", "pem", "oauthbearer"].contains { name.contains($0) }
    }
}
