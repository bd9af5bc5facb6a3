import Foundation
import NIOHTTP1
import QueueFlowClient
import QueueFlowJobs
import Synchronization
import TestSupport
import Testing

private struct Greet: Job {
    static let type = "greet"
    static let defaults = JobOptions(queue: "greetings", priority: .low, maxAttempts: 2)
    var name: String
}

/// What is sent when jobs are submitted.
@Suite(.timeLimit(.minutes(1)))
struct SubmissionTests {
    /// Takes whatever is submitted; a batch's ids are the names in it.
    @Sendable private static func take(_ asked: TestHTTPServer.Asked, _ number: Int) -> TestHTTPServer.Answer {
        guard asked.head.uri == "/jobs/batch" else { return .json(.created, #"{"id":"j\#(number)"}"#) }
        let jobs = (try? JSONSerialization.jsonObject(with: Data(asked.body.utf8))) as? [[String: Any]] ?? []
        let ids = jobs.map { "\"\(($0["payload"] as? [String: Any])?["name"] ?? "")\"" }
        return .json(.created, #"{"count":\#(ids.count),"ids":[\#(ids.joined(separator: ","))]}"#)
    }

    private func sizes(_ api: FakeAPI) throws -> [Int] {
        try api.server.asked.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.body.utf8)) as? [Any]).count
        }
    }

    @Test func aJobIsSentWithItsDefaultsAndWhatStandsInForThem() async throws {
        try await FakeAPI.run(answer: Self.take) { api in
            _ = try await api.withClient {
                try await $0.submit(Greet(name: "Ada"), options: JobOptions(priority: .high))
            }
            #expect(
                api.server.asked.map(\.body) == [
                    #"{"max_attempts":2,"priority":"high","queue":"greetings","type":"greet","payload":{"name":"Ada"}}"#
                ]
            )
        }
    }

    @Test func everyOptionIsSaidAsTheAPIHasIt() async throws {
        let options = JobOptions(
            queue: "q",
            priority: .critical,
            due: .after(.milliseconds(1_500)),
            maxAttempts: 7,
            backoff: .exponential(base: .seconds(1), factor: 3, cap: .seconds(60), jitter: false),
            timeout: .seconds(30),
            tags: ["a", "b"]
        )
        try await FakeAPI.run(answer: Self.take) { api in
            try await api.withClient { client in
                try await client.submit(type: "t", json: Data("[1.10]".utf8), options: options)
                let due = JobDue.at(Date(timeIntervalSince1970: 1_900_000_000))
                try await client.submit(type: "t", options: JobOptions(due: due, backoff: .fixed(.seconds(9))))
            }
            #expect(
                api.server.asked.map(\.body) == [
                    """
                    {"delay":1.5,"max_attempts":7,"priority":"critical","queue":"q","retry":{"base":1,"factor":3,"jitter":false,\
                    "max_delay":60,"strategy":"exponential"},"tags":["a","b"],"timeout":30,"type":"t","payload":[1.10]}
                    """,
                    """
                    {"execute_at":"2030-03-17T17:46:40.000Z","retry":{"base":9,"factor":2,"jitter":false,"max_delay":9,\
                    "strategy":"fixed"},"type":"t","payload":{}}
                    """,
                ]
            )
        }
    }

    @Test(arguments: ["", "{", #"1},{"type":"other"#, "{}{}", "nul"])
    func aPayloadThatIsNoJSONIsNotSent(_ text: String) async throws {
        try await FakeAPI.run(answer: Self.take) { api in
            let error = try await #require(throws: QueueFlowError.self) {
                try await api.withClient { try await $0.submit(type: "t", json: Data(text.utf8)) }
            }
            #expect(error.kind == .invalidRequest && api.paths.isEmpty)
        }
    }

    @Test func manyJobsAreAsFewRequestsAsTheAPITakes() async throws {
        try await FakeAPI.run(answer: Self.take) { api in
            let handles = try await api.withClient { client in
                try await client.submit(contentsOf: (0..<10_001).map { Greet(name: "n\($0)") })
            }
            #expect(handles.map(\.id) == (0..<10_001).map { "n\($0)" })
            #expect(try sizes(api) == [10_000, 1])
            #expect(api.headers("Idempotency-Key").isEmpty)
        }
    }

    @Test func largeJobsAreAsManyRequestsAsTheirBytesNeed() async throws {
        let large = String(repeating: "x", count: 1 << 20)
        try await FakeAPI.run(answer: Self.take) { api in
            _ = try await api.withClient { try await $0.submit(contentsOf: (0..<40).map { _ in Greet(name: large) }) }
            #expect(try sizes(api).reduce(0, +) == 40)
            #expect(api.server.asked.allSatisfy { $0.body.utf8.count <= 32 << 20 } && api.paths.count == 2)
        }
    }

    @Test func noJobsAreNoRequest() async throws {
        try await FakeAPI.run(answer: Self.take) { api in
            let handles = try await api.withClient { try await $0.submit(contentsOf: [Greet]()) }
            #expect(handles.isEmpty && api.paths.isEmpty)
        }
    }

    @Test func whenOnlySomeAreTakenItIsSaidWhich() async throws {
        try await FakeAPI.run { asked, number in
            number == 1 ? Self.take(asked, number) : .problem(.forbidden, "forbidden")
        } _: { api in
            let error = try await #require(throws: IncompleteSubmission.self) {
                try await api.withClient { client in
                    try await client.submit(contentsOf: (0..<10_001).map { Greet(name: "n\($0)") })
                }
            }
            #expect(error.ids.count == 10_000 && error.ids.last == "n9999")
            #expect("\(error)".hasPrefix("10000 jobs were taken; then submitting 1 jobs failed:"))
        }
    }

    @Test func aStreamsJobsGoOutInBatchesAndInOrder() async throws {
        try await FakeAPI.run(answer: Self.take) { api in
            let (jobs, line) = AsyncStream.makeStream(of: Greet.self)
            for number in 0..<2_500 { line.yield(Greet(name: "n\(number)")) }
            line.finish()
            let taken = Mutex<[String]>([])
            let count = try await api.withClient { client in
                try await client.submit(contentsOf: jobs, batchSize: 1_000) { handles in
                    taken.withLock { $0 += handles.map(\.id) }
                }
            }
            #expect(count == 2_500)
            #expect(taken.withLock { $0 } == (0..<2_500).map { "n\($0)" })
            #expect(try sizes(api).allSatisfy { $0 <= 1_000 })
        }
    }

    /// A job is not kept until others come.
    @Test func aSlowStreamsJobsDoNotWait() async throws {
        try await FakeAPI.run(answer: Self.take) { api in
            let (jobs, line) = AsyncStream.makeStream(of: Greet.self)
            line.yield(Greet(name: "0"))
            let count = try await api.withClient { client in
                try await client.submit(contentsOf: jobs) { handles in
                    let next = (Int(handles.last?.id ?? "") ?? 0) + 1
                    if next < 5 { line.yield(Greet(name: "\(next)")) } else { line.finish() }
                }
            }
            #expect(count == 5)
            #expect(try sizes(api) == [1, 1, 1, 1, 1])
        }
    }

    @Test func aStreamThatFailsSaysWhyOnceWhatCameIsTaken() async throws {
        struct Broken: Error {}
        try await FakeAPI.run(answer: Self.take) { api in
            let (jobs, line) = AsyncThrowingStream.makeStream(of: Greet.self, throwing: (any Error).self)
            for number in 0..<10 { line.yield(Greet(name: "n\(number)")) }
            line.finish(throwing: Broken())
            await #expect(throws: Broken.self) {
                try await api.withClient { try await $0.submit(contentsOf: jobs) }
            }
            let sizes = try sizes(api)
            #expect(sizes.reduce(0, +) == 10)
        }
    }

    @Test func aStreamThatIsCancelledEnds() async throws {
        try await FakeAPI.run(answer: Self.take) { api in
            try await api.withClient { client in
                let (jobs, line) = AsyncStream.makeStream(of: Greet.self)
                let (taken, isTaken) = AsyncStream.makeStream(of: Void.self)
                let submission = Task {
                    try await client.submit(contentsOf: jobs) { _ in isTaken.yield() }
                }
                line.yield(Greet(name: "n"))
                for await _ in taken { break }
                submission.cancel()
                await #expect(throws: CancellationError.self) { try await submission.value }
                line.finish()
            }
        }
    }
}
