public import Logging

/// librdkafka's mock cluster: brokers inside this process that speak the Kafka protocol over TCP on the loopback interface.
///
/// For development and tests. Records are kept in memory only, at most 5 MB and 100 000 batches a partition, older ones
/// are dropped. A topic is made when a client first asks about it, with 4 partitions. There is no replication, no
/// CreateTopics request, and a waiting fetch is not woken by a new record (see
/// ``KafkaConsumerConfiguration/adaptToMockBroker()``). The first member of a group waits 3 s for others.
///
/// The brokers stop when the object is released.
public final class MockBroker: Sendable {
    private let cluster: RDKafkaMockCluster

    /// Starts brokers on free ports.
    ///
    /// - Parameters:
    ///   - brokers: how many; their ids count from 1.
    ///   - logger: where the cluster's log lines go.
    /// - Throws: ``KafkaError`` if a port cannot be had.
    public init(brokers: Int = 1, logger: Logger) throws(KafkaError) {
        cluster = try RDKafkaMockCluster(brokers: brokers, logger: logger)
    }

    /// The brokers' addresses, as `host:port` separated by commas.
    public var bootstrapServers: String { cluster.bootstrapServers }

    /// Makes a topic with a chosen number of partitions, before a client asks for it.
    public func createTopic(_ name: String, partitions: Int, replication: Int = 1) throws(KafkaError) {
        try cluster.createTopic(name, partitions: partitions, replication: replication)
    }

    /// Makes brokers answer questions about a topic with an error, or normally again with nil; makes the topic if need be.
    public func setTopicError(_ name: String, _ code: KafkaErrorCode?) {
        cluster.setTopicError(name, code)
    }

    /// Cuts all connections and accepts no more, until ``bringUp()``; records and groups are kept.
    public func takeDown() throws(KafkaError) {
        try cluster.takeDown()
    }

    /// Accepts connections again.
    public func bringUp() throws(KafkaError) {
        try cluster.bringUp()
    }

    /// Delays every answer, to make the broker as slow as a distant one.
    public func setRoundTripTime(_ time: Duration) throws(KafkaError) {
        try cluster.setRoundTripTime(time)
    }

    /// Fails the next requests of a kind with the codes given, one code a request.
    ///
    /// - Parameters:
    ///   - request: the request's key in the Kafka protocol, for example 0 for Produce, 1 for Fetch, 11 for JoinGroup.
    ///   - codes: the codes to answer with.
    public func failNextRequests(_ request: Int16, with codes: [KafkaErrorCode]) {
        cluster.failNextRequests(request, with: codes)
    }
}
