extension RDKafkaHandle {
    /// Asks how many partitions a topic has, again and again while it is not known; blocks at most for the time given.
    func partitionCount(of topic: String, timeout: Duration) throws(KafkaError) -> Int {
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        var pause = Duration.milliseconds(25)
        while true {
            let left = deadline - clock.now
            let cluster = try metadata(of: topic, timeout: left, operation: .describeTopics)
            let answer = cluster.topics.first { $0.name == topic }
            if let answer, answer.code == nil, !answer.partitions.isEmpty { return answer.partitions.count }
            let error = KafkaError(
                code: answer?.code ?? .unknownTopicOrPartition,
                operation: .describeTopics,
                subject: "topic \(topic)"
            )
            // A new topic is made known to the brokers one after the other: unknown, without a leader, then there.
            guard error.isRetriable, clock.now + pause < deadline else { throw error }
            DedicatedThread.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(400))
        }
    }
}
