/// What went wrong, what was being done, to what, and what to do about it.
public struct KafkaError: Error, Hashable, Sendable {
    /// The cause.
    public let code: KafkaErrorCode
    /// What was being done.
    public let operation: KafkaOperation
    /// What it was done to, such as a topic or a setting; nil if it was about the client as a whole.
    public let subject: String?
    /// The cause in librdkafka's or the broker's words.
    public let reason: String
    /// Whether the client's handle is lost with this error.
    ///
    /// A producer makes itself a new handle (see ``KafkaProducer``); a consumer must be closed and made anew.
    public let isFatal: Bool

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: the cause.
    ///   - operation: what was being done.
    ///   - subject: what it was done to.
    ///   - reason: the cause in words; the code's own text if nil.
    ///   - isFatal: whether the client's handle is lost.
    public init(
        code: KafkaErrorCode,
        operation: KafkaOperation,
        subject: String? = nil,
        reason: String? = nil,
        isFatal: Bool = false
    ) {
        self.code = code
        self.operation = operation
        self.subject = subject
        self.reason = reason ?? code.text
        self.isFatal = isFatal
    }

    /// Whether the same call may succeed later with nothing changed on this side.
    ///
    /// A producer's fatal error is retriable, since the producer makes itself a new handle.
    public var isRetriable: Bool { code.isRetriable || (isFatal && operation == .deliver) }
}

extension KafkaError: CustomStringConvertible {
    /// A sentence with the operation, the subject and the cause, and one with what to do.
    public var description: String {
        let about = subject.map { " (\($0))" } ?? ""
        return "Could not \(operation)\(about): \(reason) [\(code)]. \(advice)"
    }
}
