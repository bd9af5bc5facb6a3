import Foundation
import NIOHTTP1
import QueueFlowClient
import QueueFlowJobs
import TestSupport
import Testing

/// What a client tells of jobs, and how it waits for them.
@Suite(.timeLimit(.minutes(1)))
struct JobTests {
    @Test func aJobIsToldWithItsJSONToTheByte() async throws {
        try await FakeAPI.run { _, _ in
            .job(result: #"{ "at": "2026-01-31T09:00:00Z", "price": 1.10, "s": "}\"]" }"#)
        } _: { api in
            let job = try await api.withClient { try await $0.job("a/b") }
            #expect(api.paths == ["/jobs/a%2Fb"])
            #expect(job.id == "j1" && job.state == .completed && job.state.hasEnded && job.priority == .normal)
            #expect(String(decoding: job.payload, as: UTF8.self) == #"{"n":1.10}"#)
            let result = try #require(job.result)
            #expect(
                String(decoding: result, as: UTF8.self)
                    == #"{ "at": "2026-01-31T09:00:00Z", "price": 1.10, "s": "}\"]" }"#
            )
            struct Value: Decodable {
                var at: Date
                var price: Decimal
                var s: String
            }
            let value = try job.result(as: Value.self)
            #expect(value.price == Decimal(string: "1.10") && value.s == "}\"]")
            #expect(value.at == JobCoding.date("2026-01-31T09:00:00Z"))
            #expect(abs(job.createdAt.timeIntervalSince(value.at) - 0.123456) < 0.001)
            #expect(job.error == "it \"broke\"" && job.tags == ["a"] && job.finishedAt == nil)
        }
    }

    @Test(arguments: ["", "[]", "null", "<html>", #"{"id":1}"#])
    func anAnswerThatIsNoJobIsAnError(_ body: String) async throws {
        try await FakeAPI.run { _, _ in
            .json(body)
        } _: { api in
            let error = try await #require(throws: QueueFlowError.self) {
                try await api.withClient { try await $0.job("j1") }
            }
            #expect(error.kind == .unexpectedAnswer && error.action == "reading job j1")
        }
    }

    @Test func pagesAreReadAsTheyAreGoneThrough() async throws {
        @Sendable func page(_ ids: [String], next: String?) -> TestHTTPServer.Answer {
            let jobs = ids.map { TestHTTPServer.Answer.job($0).body }.joined(separator: ", ")
            return .json(#"{"jobs": [\#(jobs)], "next_cursor": \#(next.map { "\"\($0)\"" } ?? "null")}"#)
        }
        try await FakeAPI.run { _, number in
            switch number {
            case 1: page(["a", "b"], next: "b")
            case 2: page([], next: "x")
            default: page(["c"], next: nil)
            }
        } _: { api in
            try await api.withClient { client in
                let filter = JobFilter(
                    state: .dead,
                    type: "t",
                    tag: "two words & more+",
                    createdAfter: Date(timeIntervalSince1970: 1_900_000_000),
                    pageSize: 2
                )
                var ids: [String] = []
                var pages: [Int] = []
                for try await job in client.jobs(filter) {
                    ids.append(job.id)
                    pages.append(api.paths.count)
                }
                #expect(ids == ["a", "b", "c"] && pages == [1, 1, 3])
                let query =
                    "state=dead&type=t&tag=two%20words%20%26%20more%2B&created_after=2030-03-17T17%3A46%3A40.000Z&limit=2"
                #expect(api.paths == ["/jobs?\(query)", "/jobs?\(query)&cursor=b", "/jobs?\(query)&cursor=x"])
            }
        }
    }

    @Test func whoWaitsAsksUntilTheJobHasEnded() async throws {
        try await FakeAPI.run { _, number in
            switch number {
            case 1: .job(state: "running")
            case 2: .problem(.serviceUnavailable, "too-many-waiters")
            default: .job(result: "[1,2]")
            }
        } _: { api in
            try await api.withClient { client in
                let output = try await client.handle("j1", output: [Int].self).output(within: .seconds(45))
                #expect(output == [1, 2])
            }
            #expect(api.paths == Array(repeating: "/jobs/j1?wait=30", count: 3))
        }
    }

    @Test(arguments: [
        ("dead", JobOutcomeError.Kind.died, #"died after 1 of 5 attempts (attempts_exhausted): it "broke""#),
        ("cancelled", .cancelled, "was cancelled"),
        ("completed", .unreadableOutput, "its result is not what was expected"),
    ])
    func whatHasNoOutputSaysWhy(_ state: String, _ kind: JobOutcomeError.Kind, _ text: String) async throws {
        try await FakeAPI.run { _, _ in
            .job(state: state, result: #""text""#)
        } _: { api in
            let error = try await #require(throws: JobOutcomeError.self) {
                try await api.withClient { try await $0.handle("j1", output: Int.self).output() }
            }
            #expect(error.kind == kind && error.job?.id == "j1")
            #expect("\(error)".hasPrefix("job j1 of type 't'") && "\(error)".contains(text), "\(error)")
        }
    }

    @Test func whenTheTimeIsUpItIsSaidHowTheJobStands() async throws {
        try await FakeAPI.run { _, _ in
            .job(state: "queued")
        } _: { api in
            let start = ContinuousClock.now
            let error = try await #require(throws: JobOutcomeError.self) {
                try await api.withClient { try await $0.wait(for: "j1", within: .milliseconds(300)) }
            }
            #expect(error.kind == .notEnded && error.job?.state == .queued)
            #expect("\(error)" == "job j1 of type 't' has not ended in time; it is queued")
            #expect((.milliseconds(300)..<(.seconds(10))).contains(ContinuousClock.now - start))
            // What is answered at once is not asked again and again.
            #expect(api.paths.count < 100)
        }
    }

    /// As while an instance is being replaced: longer than a call is tried.
    @Test func aWaitOutlastsAnInstallationThatIsAway() async throws {
        try await FakeAPI.run { _, number in
            number < 20 ? .cutOff : .job(state: "completed")
        } _: { api in
            let job = try await api.withClient(maxAttempts: 3) { try await $0.wait(for: "j1", within: .seconds(45)) }
            #expect(job.state == .completed && api.paths.count == 20)
        }
    }

    /// The last attempt says least: the end of the time cuts it short.
    @Test func whereNobodyEverAnswersAWaitSaysWhy() async throws {
        try await FakeAPI.run { _, number in
            number < 4
                ? .problem(.serviceUnavailable, "store-unavailable", "The store is away.") : .init(neverEnds: true)
        } _: { api in
            let error = try await #require(throws: QueueFlowError.self) {
                try await api.withClient { try await $0.wait(for: "j1", within: .seconds(2)) }
            }
            #expect(error.kind == .unavailable && !error.mayHaveBeenDone)
        }
    }

    @Test func anAnswerThatDoesNotComeIsNotWaitedForAnyLonger() async throws {
        try await FakeAPI.run { _, _ in
            .init(neverEnds: true)
        } _: { api in
            let start = ContinuousClock.now
            let error = try await #require(throws: JobOutcomeError.self) {
                try await api.withClient { try await $0.wait(for: "j1", within: .milliseconds(200)) }
            }
            #expect(error.kind == .notEnded && error.job == nil)
            #expect(ContinuousClock.now - start < .seconds(4))
        }
    }

    @Test func aJobThatEndedWithoutAResultHasNoOutput() async throws {
        try await FakeAPI.run { _, _ in
            .job()
        } _: { api in
            try await api.withClient { client in
                let nothing = try await client.handle("j1").output()
                let perhaps = try await client.handle("j1", output: Int?.self).output()
                let result = try await client.job("j1").result
                #expect(nothing == NoOutput() && perhaps == nil && result == nil)
            }
        }
    }

    @Test func whatIsNotToBeDoneTwiceIsNot() async throws {
        try await FakeAPI.run { asked, number in
            number < 2 ? .problem(.serviceUnavailable, "store-unavailable") : .job(state: "cancelled")
        } _: { api in
            await #expect(throws: QueueFlowError.self) { try await api.withClient { try await $0.retry("j1") } }
            #expect(api.paths == ["/jobs/j1/retry"])
        }
        try await FakeAPI.run { asked, number in
            number < 2 ? .problem(.serviceUnavailable, "store-unavailable") : .job(state: "cancelled")
        } _: { api in
            let job = try await api.withClient { try await $0.cancel("j1") }
            #expect(job.state == .cancelled)
            #expect(api.paths == ["/jobs/j1/cancel", "/jobs/j1/cancel"])
        }
    }
}
