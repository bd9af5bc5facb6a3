import Foundation
import QueueFlowClient
import QueueFlowTesting
import Testing

private struct Receipt: Codable, Hashable {
    var id: Int
}

private struct SendEmail: Job {
    typealias Output = Receipt

    static let type = "email.send"
    static let defaults = JobOptions(backoff: .exponential(base: .seconds(2)))
    var to: String
}

extension Worker {
    fileprivate mutating func registerMailer() {
        handle(SendEmail.self) { email, job in
            guard email.to.contains("@") else { throw JobFailure.discard("'\(email.to)' is no address") }
            if email.to.hasPrefix("busy"), job.attempt == 1 || job.attempt == 5 { throw Busy() }
            if email.to.hasPrefix("slow") { try await Task.sleep(for: .seconds(3_600)) }
            return Receipt(id: 1)
        }
    }
}

private struct Busy: Error, CustomStringConvertible {
    let description = "the server is busy"
}

/// The code of docs/handlers.md and docs/client.md, run. It stands here word for word, which the last test holds it to.
@Suite(.timeLimit(.minutes(1))) struct HandbookTests {
    @Test func aWholeQueueFlow() async throws {
        let queueflow = InMemoryQueueFlow()
        try await queueflow.start { worker in worker.registerMailer() }

        let email = try await queueflow.client.submit(SendEmail(to: "ada@example.com"))
        #expect(await queueflow.drain().map(\.id) == [email.id])
        #expect(try await email.output() == Receipt(id: 1))

        let busy = try await queueflow.client.submit(SendEmail(to: "busy@example.com"))
        await queueflow.drain()
        #expect(try await busy.job().state == .retrying)
        await queueflow.advance(by: .seconds(2))
        await queueflow.drain()
        #expect(try await busy.job().attempt == 2)

        #expect(try await queueflow.jobs(JobFilter(state: .completed)).count == 2)
    }

    @Test func somethingHappensMeanwhile() async throws {
        let queueflow = InMemoryQueueFlow()
        try await queueflow.start { worker in worker.registerMailer() }
        let slow = try await queueflow.client.submit(SendEmail(to: "slow@example.com"))
        async let runs = queueflow.drain()
        await queueflow.untilRunning(slow.id)
        try await slow.cancel()
        #expect(await runs.map(\.outcome) == [.cancelled])
    }

    @Test func oneAttempt() async throws {
        var worker = Worker.forTesting()
        worker.registerMailer()
        #expect(try await worker.perform(SendEmail(to: "ada@example.com")) == .completed(Receipt(id: 1)))
        #expect(try await worker.perform(SendEmail(to: "ada")) == .discarded(reason: "'ada' is no address"))
        let last = TestAttempt { $0.attempt = 5 }
        let outcome = try await worker.perform(SendEmail(to: "busy@example.com"), last)
        #expect(outcome == .failed(error: "the server is busy"))
    }

    @Test(arguments: [("handlers.md", "## Testing", 3)])
    func theHandbookSaysSo(_ page: String, _ heading: String, _ count: Int) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        func lines(_ file: URL) throws -> [String] {
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
                .map(String.init)
        }
        let section = try lines(root.appending(path: "docs/\(page)")).drop { $0 != heading }.dropFirst()
            .prefix { !$0.hasPrefix("## ") }
        // A block is indented; blank lines and a leading comment of what to depend on do not count.
        let code = section.split { !$0.isEmpty && !$0.hasPrefix("    ") }
            .map { $0.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty && !$0.hasPrefix("//") } }
            .filter { !$0.isEmpty }
        #expect(code.count == count)
        let source = try lines(URL(filePath: #filePath)).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        for block in code {
            let isThere = source.indices.contains { source[$0...].starts(with: block) }
            #expect(isThere, "this code of docs/\(page) is not run here:\n\(block.joined(separator: "\n"))")
        }
    }
}
