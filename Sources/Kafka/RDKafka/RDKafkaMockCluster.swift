import CRDKafka
import Logging

/// An `rd_kafka_mock_cluster_t` and the client instance that librdkafka needs for it.
///
/// `@unchecked Sendable`: the pointer never changes, and librdkafka carries commands out on the cluster's own thread.
final class RDKafkaMockCluster: @unchecked Sendable {
    private let handle: RDKafkaHandle
    private let cluster: OpaquePointer

    init(brokers: Int, logger: Logger) throws(KafkaError) {
        // Level 3: the client instance need not say that it has no brokers to connect to.
        let properties = [KafkaProperty("client.id", "mock"), KafkaProperty("log_level", "3")]
        handle = try RDKafkaHandle(.producer, properties: properties, logger: logger)
        guard let cluster = rd_kafka_mock_cluster_new(handle.pointer, Int32(clamping: brokers)) else {
            throw KafkaError(
                code: KafkaErrorCode(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE),
                operation: .mock,
                reason: "it could not listen on a port of 127.0.0.1"
            )
        }
        self.cluster = cluster
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
    }

    var bootstrapServers: String { String(cString: rd_kafka_mock_cluster_bootstraps(cluster)) }

    func createTopic(_ name: String, partitions: Int, replication: Int) throws(KafkaError) {
        try TopicName.check(name, for: .mock)
        try check(
            rd_kafka_mock_topic_create(cluster, name, Int32(clamping: partitions), Int32(clamping: replication)),
            "topic \(name)"
        )
    }

    func setTopicError(_ name: String, _ code: KafkaErrorCode?) {
        rd_kafka_mock_topic_set_error(cluster, name, rd_kafka_resp_err_t(rawValue: code?.rawValue ?? 0))
    }

    func takeDown() throws(KafkaError) {
        try check(rd_kafka_mock_broker_set_down(cluster, -1), "all brokers")
    }

    func bringUp() throws(KafkaError) {
        try check(rd_kafka_mock_broker_set_up(cluster, -1), "all brokers")
    }

    func setRoundTripTime(_ time: Duration) throws(KafkaError) {
        try check(rd_kafka_mock_broker_set_rtt(cluster, -1, time.clampedMilliseconds), "all brokers")
    }

    func failNextRequests(_ request: Int16, with codes: [KafkaErrorCode]) {
        let codes = codes.map { rd_kafka_resp_err_t(rawValue: $0.rawValue) }
        rd_kafka_mock_push_request_errors_array(cluster, request, codes.count, codes)
    }

    private func check(_ code: rd_kafka_resp_err_t, _ subject: String) throws(KafkaError) {
        if let error = KafkaError(code, operation: .mock, subject: subject) { throw error }
    }
}
