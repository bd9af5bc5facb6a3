import Foundation
import LocalServers
import QueueFlowClient
import QueueFlowJobs
import Testing

private struct Echo: Job {
    struct Value: Codable, Equatable, Sendable {
        var text: String
        var at: Date
        var amount: Decimal
    }

    typealias Output = Value

    static let type = "echo"
    static let defaults = JobOptions(queue: "client", tags: ["from-client"])

    var text: String
    var at: Date
    var amount: Decimal
}

private struct Fail: Job {
    static let type = "fail"
    static let defaults = JobOptions(maxAttempts: 2, backoff: .fixed(.milliseconds(10)))
    var times: Int
}

private struct Sleep: Job {
    static let type = "sleep"
    var seconds: Double
}

/// The client against everything there is.
extension EndToEndTests {
    @Test func aClientSubmitsAndHearsWhatCameOfIt() async throws {
        try await TestStack.run { stack in
            let admin = QueueFlowCredential.password(username: "admin", password: TestStack.adminPassword)
            try await withQueueFlowClient(url: stack.url, credential: admin) { client in
                let now = Date(timeIntervalSince1970: 1_900_000_000.5)
                let echo = Echo(text: "ä\n}", at: now, amount: try #require(Decimal(string: "0.10")))
                let handle = try await client.submit(echo, idempotencyKey: "one")
                let output = try await handle.output(within: .seconds(20))
                #expect(output == Echo.Value(text: echo.text, at: now, amount: echo.amount))
                let again = try await client.submit(echo, idempotencyKey: "one")
                #expect(again.id == handle.id && again.isRepeat)
                let other = try await #require(throws: QueueFlowError.self) {
                    try await client.submit(Sleep(seconds: 1), idempotencyKey: "one")
                }
                #expect(other.problem == "idempotency-key-reused" && other.requestID != nil)

                // A word from the worker's outcome, not a look now and then, brings the end.
                var times: [Duration] = []
                for _ in 0..<20 {
                    let start = ContinuousClock.now
                    _ = try await client.submit(echo).output(within: .seconds(20))
                    times.append(ContinuousClock.now - start)
                }
                #expect(times.sorted()[10] < .seconds(1), "\(times)")

                let dead = try await #require(throws: JobOutcomeError.self) {
                    try await client.submit(Fail(times: 9)).output(within: .seconds(20))
                }
                #expect(dead.kind == .died && dead.job?.attempt == 2, "\(dead)")

                let sleep = try await client.submit(Sleep(seconds: 600))
                let late = try await #require(throws: JobOutcomeError.self) {
                    try await sleep.output(within: .milliseconds(1_200))
                }
                #expect(late.kind == .notEnded)
                async let ended = sleep.ended(within: .seconds(20))
                try await sleep.cancel()
                #expect(try await ended.state == .cancelled)

                let delayed = try await client.submit(echo, options: JobOptions(due: .after(.seconds(600))))
                #expect(try await delayed.job().state == .scheduled)
                try await delayed.retry()
                #expect(try await delayed.output(within: .seconds(20)).text == echo.text)

                let handles = try await client.submit(contentsOf: (0..<300).map { _ in echo })
                for handle in handles { _ = try await handle.output(within: .seconds(30)) }
                var listed: Set<String> = []
                for try await job in client.jobs(JobFilter(type: "echo", tag: "from-client", pageSize: 100)) {
                    listed.insert(job.id)
                }
                #expect(listed.isSuperset(of: handles.map(\.id)) && listed.count == 322)
            }

            // A key, through a restart of the job-service in the middle of a wait.
            let key = QueueFlowCredential.apiKey(try await stack.apiKey(tenant: "keyed"))
            try await withQueueFlowClient(url: stack.url, credential: key) { client in
                let handle = try await client.submit(Sleep(seconds: 2))
                async let ended = handle.ended(within: .seconds(60))
                try await stack.wait(for: handle.id, toBe: "running")
                await stack.end(.jobService, with: SIGTERM)
                try await stack.start(.jobService)
                #expect(try await ended.state == .completed)
            }
        }
    }
}
