import CRDKafka

extension RDKafkaHandle {
    /// Creates topics; blocks until the brokers have answered or the time is over.
    func createTopics(_ topics: [TopicSpecification], timeout: Duration) -> [TopicCreation] {
        var results: [String: TopicCreation] = [:]
        var requests: [OpaquePointer?] = []
        defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
        for topic in topics {
            do {
                requests.append(try Self.request(topic))
            } catch {
                results[topic.name] = .failed(error)
            }
        }
        if !requests.isEmpty {
            let outcomes: [String: TopicCreation]
            do {
                outcomes = try send(&requests, timeout: timeout)
            } catch {
                let outcome = Self.outcome(error)
                outcomes = Dictionary(topics.map { ($0.name, outcome) }) { first, _ in first }
            }
            results.merge(outcomes) { known, _ in known }
        }
        return topics.map { topic in
            results[topic.name]
                ?? .failed(KafkaError(code: .timedOut, operation: .createTopics, subject: "topic \(topic.name)"))
        }
    }

    private func send(
        _ requests: inout [OpaquePointer?],
        timeout: Duration
    ) throws(KafkaError) -> [String: TopicCreation] {
        let queue = RDKafkaQueue(newFor: self)
        let options = rd_kafka_AdminOptions_new(pointer, RD_KAFKA_ADMIN_OP_CREATETOPICS)
        defer { rd_kafka_AdminOptions_destroy(options) }
        setTimeout(timeout, of: options)
        try chooseBroker(options, timeout: timeout)
        rd_kafka_CreateTopics(pointer, &requests, requests.count, options, queue.pointer)
        // librdkafka answers by itself when the time is over.
        guard let event = queue.next(timeoutMilliseconds: -1), event.kind == .topicsCreated else { return [:] }
        if let error = event.error(.createTopics) { throw error }
        var count = 0
        guard
            let created = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.pointer), &count)
        else { return [:] }
        let outcomes = UnsafeBufferPointer(start: created, count: count).map { topic in
            let name = String(cString: rd_kafka_topic_result_name(topic))
            let error = KafkaError(
                code: KafkaErrorCode(rd_kafka_topic_result_error(topic)),
                operation: .createTopics,
                subject: "topic \(name)",
                reason: rd_kafka_topic_result_error_string(topic).map { String(cString: $0) }
            )
            return (name, Self.outcome(error))
        }
        return Dictionary(outcomes) { first, _ in first }
    }

    /// Makes a broker that is there answer if the cluster names a controller that is not.
    ///
    /// librdkafka would wait for that controller until the time is over. Its own mock cluster is such a case: the broker
    /// then says at once that it cannot create topics. One that can says that it is not the controller, which is retriable.
    private func chooseBroker(_ options: OpaquePointer?, timeout: Duration) throws(KafkaError) {
        let brokers = try metadata(of: nil, timeout: timeout, operation: .createTopics).brokers
        guard !brokers.contains(rd_kafka_controllerid(pointer, 0)), let broker = brokers.first else { return }
        var reason = [CChar](repeating: 0, count: 256)
        _ = rd_kafka_AdminOptions_set_broker(options, broker, &reason, reason.count)
    }

    /// Sets how long the brokers may take, and how long librdkafka looks for the one to ask.
    func setTimeout(_ timeout: Duration, of options: OpaquePointer?) {
        var reason = [CChar](repeating: 0, count: 256)
        _ = rd_kafka_AdminOptions_set_request_timeout(options, timeout.clampedMilliseconds, &reason, reason.count)
    }

    private static func request(_ topic: TopicSpecification) throws(KafkaError) -> OpaquePointer {
        try TopicName.check(topic.name, for: .createTopics)
        var reason = [CChar](repeating: 0, count: 256)
        guard
            let request = rd_kafka_NewTopic_new(
                topic.name,
                Int32(clamping: topic.partitions),
                Int32(clamping: topic.replication),
                &reason,
                reason.count
            )
        else {
            throw KafkaError(
                code: .invalidArgument,
                operation: .createTopics,
                subject: "topic \(topic.name)",
                reason: String(nulTerminated: reason)
            )
        }
        for (name, value) in topic.configuration { _ = rd_kafka_NewTopic_set_config(request, name, value) }
        return request
    }

    private static func outcome(_ error: KafkaError) -> TopicCreation {
        switch error.code.rawValue {
        case 0: .created
        case KafkaErrorCode.topicAlreadyExists.rawValue: .alreadyExists
        case KafkaErrorCode.unsupported.rawValue: .unsupported
        default: .failed(error)
        }
    }
}
