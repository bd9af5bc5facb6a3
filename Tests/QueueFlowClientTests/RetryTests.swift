import Foundation
import NIOHTTP1
import QueueFlowClient
import QueueFlowJobs
import TestSupport
import Testing

/// What is tried again, and what is not.
@Suite(.timeLimit(.minutes(1)))
struct RetryTests {
    @Test func aSubmissionThatIsRefusedInPassingIsOneJob() async throws {
        try await FakeAPI.run { _, number in
            number < 3 ? .problem(.serviceUnavailable, "store-unavailable") : .json(.created, #"{"id":"j1"}"#)
        } _: { api in
            let handle = try await api.withClient { try await $0.submit(type: "t") }
            #expect(handle.id == "j1" && !handle.isRepeat)
            #expect(api.paths == ["/jobs", "/jobs", "/jobs"])
            let keys = api.headers("Idempotency-Key")
            #expect(keys.count == 3 && Set(keys).count == 1)
            #expect(Set(api.server.asked.map(\.body)) == [#"{"type":"t","payload":{}}"#])
        }
    }

    @Test func aSubmissionWhoseAnswerIsLostIsOneJob() async throws {
        try await FakeAPI.run { _, number in
            number == 1 ? .cutOff : .json(#"{"id":"j1"}"#, ["Idempotent-Replayed": "true"])
        } _: { api in
            let handle = try await api.withClient { try await $0.submit(type: "t", idempotencyKey: "order 17") }
            #expect(handle.id == "j1" && handle.isRepeat)
            #expect(api.headers("Idempotency-Key") == ["order 17", "order 17"])
        }
    }

    @Test func everySubmissionHasAKeyOfItsOwn() async throws {
        try await FakeAPI.run { _, _ in
            .json(.created, #"{"id":"j1"}"#)
        } _: { api in
            try await api.withClient { client in
                for _ in 0..<3 { try await client.submit(type: "t") }
            }
            #expect(Set(api.headers("Idempotency-Key")).count == 3)
        }
    }

    @Test func whatTheInstallationAsksForIsWaitedFor() async throws {
        try await FakeAPI.run { _, number in
            number == 1 ? .problem(.tooManyRequests, "rate-limited", headers: ["Retry-After": "1"]) : .job()
        } _: { api in
            let start = ContinuousClock.now
            _ = try await api.withClient { try await $0.job("j1") }
            #expect(ContinuousClock.now - start >= .seconds(1))
        }
    }

    @Test func aPauseThatIsTooLongIsAnErrorThatTellsIt() async throws {
        try await FakeAPI.run { _, _ in
            .problem(.serviceUnavailable, "maintenance", headers: ["Retry-After": "60"])
        } _: { api in
            let error = try await #require(throws: QueueFlowError.self) {
                try await api.withClient { try await $0.job("j1") }
            }
            #expect(error.kind == .unavailable && error.retryAfter == .seconds(60) && api.paths.count == 1)
        }
    }

    @Test func whatIsWrongIsNotSentAgain() async throws {
        try await FakeAPI.run { _, _ in
            .problem(
                .unprocessableEntity,
                "validation-failed",
                "One field is not valid.",
                errors: #"[{"field":"priority","detail":"must be one of critical, high, normal, low"}]"#
            )
        } _: { api in
            let error = try await #require(throws: QueueFlowError.self) {
                try await api.withClient { try await $0.submit(type: "t") }
            }
            #expect(api.paths.count == 1)
            #expect(error.kind == .invalidRequest && error.problem == "validation-failed" && error.status == 422)
            #expect(error.fieldErrors.map(\.field) == ["priority"] && error.requestID == "r-1")
            #expect(
                "\(error)" == """
                    submitting a job of type 't' failed: One field is not valid. 'priority' must be one of critical, high, \
                    normal, low. (status 422, validation-failed, request r-1)
                    """
            )
        }
    }

    @Test func itIsTriedSoOftenAndNoMore() async throws {
        try await FakeAPI.run { _, _ in
            .init(status: .badGateway, body: "<html>")
        } _: { api in
            let error = try await #require(throws: QueueFlowError.self) {
                try await api.withClient(maxAttempts: 3) { try await $0.job("j1") }
            }
            #expect(api.paths.count == 3 && error.attempts == 3 && error.kind == .unavailable)
        }
    }

    /// A batch has no key: sent again it could make each job twice.
    @Test func aBatchThatMayHaveBeenTakenIsNotSentAgain() async throws {
        try await FakeAPI.run { _, _ in
            .cutOff
        } _: { api in
            let error = try await #require(throws: QueueFlowError.self) {
                try await api.withClient { try await $0.submit(contentsOf: [JobRequest(type: "t")]) }
            }
            #expect(api.paths == ["/jobs/batch"] && error.mayHaveBeenDone)
            #expect("\(error)".contains("may have been done"))
        }
    }

    @Test(arguments: ["overloaded", "queue-full"])
    func aBatchThatWasNotTakenIsSentAgain(_ slug: String) async throws {
        try await FakeAPI.run { _, number in
            number == 1 ? .problem(.serviceUnavailable, slug) : .json(.created, #"{"count":1,"ids":["j1"]}"#)
        } _: { api in
            let ids = try await api.withClient { try await $0.submit(contentsOf: [JobRequest(type: "t")]) }
            #expect(ids == ["j1"] && api.paths.count == 2)
        }
    }

    @Test func whereNobodyListensItIsSaidSo() async throws {
        var port = 0
        try await FakeAPI.run { _, _ in
            .job()
        } _: {
            port = $0.server.port
        }
        let configuration = QueueFlowClientConfiguration(maxAttempts: 2, firstPause: .milliseconds(1))
        let error = try await #require(throws: QueueFlowError.self) {
            try await withQueueFlowClient(
                url: "http://127.0.0.1:\(port)/",
                credential: .apiKey("k"),
                configuration: configuration
            ) { try await $0.submit(contentsOf: [JobRequest(type: "t")]) }
        }
        #expect(error.kind == .unreachable && error.attempts == 2 && !error.mayHaveBeenDone)
        #expect("\(error)".contains("there is no connection to http://127.0.0.1:\(port): connection refused"))
    }

    @Test func aTaskThatIsCancelledEndsAtOnce() async throws {
        try await FakeAPI.run { _, _ in
            .init(neverEnds: true)
        } _: { api in
            try await api.withClient { client in
                let call = Task { try await client.job("j1") }
                while api.paths.isEmpty { await Task.yield() }
                call.cancel()
                await #expect(throws: CancellationError.self) { try await call.value }
            }
        }
    }

    @Test func aClientThatWasShutDownSaysSo() async throws {
        try await FakeAPI.run { _, _ in
            .job()
        } _: { api in
            let client = try QueueFlowClient(url: "http://127.0.0.1:\(api.server.port)", credential: .apiKey("k"))
            await client.shutdown()
            await client.shutdown()
            let error = try await #require(throws: QueueFlowError.self) { try await client.job("j1") }
            #expect(error.kind == .shutDown)
        }
    }
}
