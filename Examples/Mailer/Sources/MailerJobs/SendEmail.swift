public import QueueFlowJobs

/// Sends an email.
public struct SendEmail: Job {
    /// How workers find its handler.
    public static let type = "mailer.send"
    /// What holds for it unless who submits it says otherwise.
    public static let defaults = JobOptions(queue: "mail", maxAttempts: 3, timeout: .seconds(30))

    /// To whom.
    public var to: String
    /// What is read first.
    public var subject: String

    /// An email.
    public init(to: String, subject: String) {
        self.to = to
        self.subject = subject
    }

    /// What sending it results in.
    public struct Output: Codable, Hashable, Sendable {
        /// The id under which it was sent.
        public var messageID: String

        /// It was sent.
        public init(messageID: String) {
            self.messageID = messageID
        }
    }
}
