extension KafkaError {
    /// What a person can do about the error.
    public var advice: String {
        if isFatal {
            return operation == .deliver
                ? "The producer makes itself a new handle; send the record again, it may arrive twice."
                : "Close this client and make a new one."
        }
        switch code {
        case .closed:
            return "The client was closed; make a new one."
        case .cancelled:
            return "The waiting task was cancelled; a record that was already queued may still arrive."
        case .noThread:
            return "Raise the limit on threads (ulimit -u, or the container's pids limit)."
        case .invalidArgument:
            return "Correct the value."
        case .unsupported:
            return "This broker cannot do it; a development broker makes topics when they are first used."
        case .deliveryTimedOut, .timedOut, .transport, .allBrokersDown:
            return "Check that the brokers are running and can be reached from here under the address they advertise."
        case .resolve:
            return "Check the host names in the list of brokers."
        case .unknownTopic, .unknownTopicOrPartition, .unknownPartition:
            return "Check the topic's name and number of partitions, or create it; a new topic is found by itself."
        case .recordTooLarge:
            return "Send less, or raise message.max.bytes on the client, the topic and the broker alike."
        case .notEnoughReplicas:
            return "Bring the missing brokers back, or lower the topic's min.insync.replicas."
        case .authentication, .tls:
            return "Check the credentials and certificates in the client's configuration."
        case .topicAuthorizationFailed, .groupAuthorizationFailed:
            return "Give this principal the right in the broker's access control list."
        default:
            return isRetriable ? "It may pass by itself; try again." : "See the broker's log for this moment."
        }
    }
}
