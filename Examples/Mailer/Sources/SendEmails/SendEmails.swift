import MailerJobs
import QueueFlowClient

/// Sends an email to each address that it is given, and waits until all are sent.
@main
struct SendEmails {
    static func main() async throws {
        try await withQueueFlowClient { client in
            for address in CommandLine.arguments.dropFirst() {
                let job = try await client.submit(SendEmail(to: address, subject: "Hello"))
                print(address, try await job.output(within: .seconds(30)).messageID)
            }
        }
    }
}
