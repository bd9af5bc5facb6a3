import MailerHandlers
import MailerJobs
import QueueFlowTesting
import Testing

@Suite struct MailerTests {
    private let worker: Worker

    init() {
        var worker = Worker.forTesting()
        worker.registerMailer()
        self.worker = worker
    }

    @Test func anEmailIsSentUnderTheJobsID() async throws {
        let attempt = TestAttempt()
        let outcome = try await worker.perform(SendEmail(to: "ada@example.com", subject: "Hello"), attempt)
        #expect(
            outcome == .completed(SendEmail.Output(messageID: "<\(attempt.id.uuidString.lowercased())@example.com>"))
        )
    }

    @Test func whatIsNoAddressIsNotTriedAgain() async throws {
        let outcome = try await worker.perform(SendEmail(to: "ada", subject: "Hello"))
        #expect(outcome == .discarded(reason: "'ada' is no address"))
    }

    /// From the client to the result, in memory.
    @Test func anEmailThatIsSubmittedIsSent() async throws {
        let queueflow = InMemoryQueueFlow()
        try await queueflow.start { $0.registerMailer() }
        let email = try await queueflow.client.submit(SendEmail(to: "ada@example.com", subject: "Hello"))
        let nonsense = try await queueflow.client.submit(SendEmail(to: "ada", subject: "Hello"))
        #expect(await queueflow.drain().map(\.id) == [email.id, nonsense.id])
        #expect(try await email.output().messageID == "<\(email.id)@example.com>")
        #expect(try await nonsense.job().reason == "discarded")
    }
}
