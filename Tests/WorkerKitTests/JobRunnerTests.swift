import Foundation
import JobCore
import Kafka
import Logging
import Testing

@testable import QueueFlowWorker

@Suite(.timeLimit(.minutes(1))) struct JobRunnerTests {
    private struct Broken: Error, CustomStringConvertible {
        var description: String { "broken" }
    }

    private func outcome(
        timeoutMilliseconds: UInt64 = 0,
        retry: RetryPolicy? = nil,
        type: String = "t",
        _ body: @escaping @Sendable (RunningJob) async throws -> JobResult
    ) async throws -> RunOutcome.Kind {
        let handler = RegisteredHandler(handler: ClosureHandler(body: body), retry: retry)
        let runner = JobRunner(
            handlers: ["t": handler],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let record = WaitingRecord(
            job: .make(),
            run: 1,
            type: type,
            topic: Topic(tenant: .default, queue: .default, priority: .normal),
            payload: Data("{}".utf8),
            trace: "",
            queuedAt: Date(),
            source: RecordSource(partition: TopicPartition(topic: "x", partition: 0), assignment: 0, offset: 0)
        )
        var grant = ControlGrant()
        grant.timeoutMs = timeoutMilliseconds
        return await runner.run(record, grant: grant)
    }

    private func failure(_ outcome: RunOutcome.Kind) throws -> RunFailure {
        guard case .failure(let failure) = outcome else { throw Broken() }
        return failure
    }

    @Test func aPlainErrorIsAFailureThatMayBeRetried() async throws {
        let failure = try failure(try await outcome { _ in throw Broken() })
        #expect(failure == RunFailure(kind: "error", error: "broken"))
    }

    @Test func aDiscardForbidsRetrying() async throws {
        let failure = try failure(try await outcome { _ in throw JobFailure.discard("no use") })
        #expect(failure == RunFailure(kind: "error", error: "no use", isFinal: true))
    }

    @Test func aRetryNamesItsOwnDelay() async throws {
        let failure = try failure(try await outcome { _ in throw JobFailure.retry(after: .seconds(7), "busy") })
        #expect(failure == RunFailure(kind: "error", error: "busy", retryAfter: .seconds(7)))
    }

    @Test func aSnoozeGivesTheRunBackWithADelay() async throws {
        guard case .release(delay: .seconds(9)) = try await outcome({ _ in throw JobFailure.snooze(for: .seconds(9)) })
        else {
            Issue.record("a snooze is a release with a delay")
            return
        }
    }

    @Test func aHandlersRetryPolicyTravelsWithItsFailures() async throws {
        let policy = RetryPolicy(strategy: .fixed, base: 3, jitter: false)
        #expect(try failure(try await outcome(retry: policy) { _ in throw Broken() }).handlerPolicy == policy)
    }

    @Test func aJobThatTakesTooLongIsStoppedAndFailsWithTimeout() async throws {
        let failure = try failure(
            try await outcome(timeoutMilliseconds: 20) { _ in
                // Returns only because it is cancelled.
                try? await Task.sleep(for: .seconds(3_600))
                return .none
            }
        )
        #expect(failure.kind == "timeout")
        #expect(failure.error.contains("0.02 seconds"))
    }

    @Test func aJobWithoutAHandlerSaysSo() async throws {
        #expect(try failure(try await outcome(type: "other") { _ in .none }).kind == "no_handler")
    }

    /// A handler that gets done although it is being stopped has got done, with a timeout and without.
    @Test(arguments: [UInt64(0), 3_600_000]) func aStoppedHandlerThatSucceedsHasSucceeded(_ timeout: UInt64)
        async throws
    {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let run = Task {
            try await outcome(timeoutMilliseconds: timeout) { _ in
                start.finish()
                try? await Task.sleep(for: .seconds(3_600))
                return .json(Data("1".utf8))
            }
        }
        for await _ in started {}
        run.cancel()
        guard case .success = try await run.value else {
            Issue.record("the handler returned a result")
            return
        }
    }
}
