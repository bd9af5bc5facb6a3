import QueueFlowWorker

/// `email.send`: stands in for a mail server. Takes about a second and succeeds.
struct EmailHandler: JobHandler {
    private struct Sent: Encodable {
        var messageID: String

        private enum CodingKeys: String, CodingKey {
            case messageID = "message_id"
        }
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        try await Task.sleep(for: .milliseconds(.random(in: 800...1_200)))
        return try .encoding(Sent(messageID: "<\(job.id)@queueflow>"))
    }
}
