public import MailerJobs
public import QueueFlowWorker

extension Worker {
    /// Registers what the worker does.
    public mutating func registerMailer() {
        use(LogRuns())
        handle(SendEmail.self) { email, job in
            guard email.to.contains("@") else { throw JobFailure.discard("'\(email.to)' is no address") }
            // Here an email is sent, under an id that is the same in every attempt.
            return SendEmail.Output(messageID: "<\(job.id)@example.com>")
        }
    }
}
