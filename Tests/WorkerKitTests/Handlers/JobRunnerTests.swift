import Foundation
import JobCore
import Logging
import Testing

@testable import QueueFlowWorker

@Suite(.timeLimit(.minutes(1))) struct JobRunnerTests {
    private struct Broken: Error, CustomStringConvertible {
        var description: String { "broken" }
    }

    private func outcome(
        timeout: Duration? = nil,
        attempt: Int = 1,
        retry: JobBackoff? = nil,
        ofJob jobsRetry: RetryPolicy? = nil,
        type: String = "t",
        _ body: @escaping @Sendable (RunningJob) async throws -> JobResult
    ) async -> RunOutcome.Kind {
        let runner = JobRunner(
            handlers: ["t": RegisteredHandler(handler: ClosureHandler(body: body), backoff: retry)],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let granted = GrantedJob.sample(
            RunKey(job: .make(), run: 1),
            .sample(type: type),
            attempt: attempt,
            timeout: timeout,
            retry: jobsRetry
        )
        let handle = RunHandle(notes: RunNotes(checkpoint: nil) { _ in })
        guard let timeout, timeout < .seconds(60) else { return await runner.run(granted, handle, { _, _ in [] }) }
        let run = Task { await runner.run(granted, handle, { _, _ in [] }) }
        handle.started(
            Task {
                await withTaskCancellationHandler {
                    _ = await run.value
                } onCancel: {
                    run.cancel()
                }
            }
        )
        try? await Task.sleep(for: timeout)
        handle.cancel(because: .timeout)
        return await run.value
    }

    private func failure(_ outcome: RunOutcome.Kind) throws -> RunFailure {
        guard case .failure(let failure) = outcome else { throw Broken() }
        return failure
    }

    private func result(_ outcome: RunOutcome.Kind) throws -> [UInt8]? {
        guard case .success(let result) = outcome else { throw Broken() }
        return result
    }

    // MARK: Results

    @Test func aResultIsKeptToTheByte() async throws {
        let text = "{ \"a\" : [1, 2] }"
        #expect(try result(await outcome { _ in .json(Data(text.utf8)) }) == Array(text.utf8))
        #expect(try result(await outcome { _ in .none }) == nil)
        let none = try result(await outcome { _ in try .encoding([String: Int]()) })
        #expect(none == Array("{}".utf8))
    }

    @Test(arguments: ["oops", "", "{", "{} {}", "\u{0}", "\"\u{1}\"", "NaN"])
    func aResultThatIsNoJSONIsAFailureThatMayBeRetried(_ text: String) async throws {
        let failure = try failure(await outcome { _ in .json(Data(text.utf8)) })
        #expect(failure.kind == "error" && failure.error.contains("no JSON") && !failure.isFinal)
    }

    @Test func aResultThatIsNoUnicodeIsAFailure() async throws {
        let failure = try failure(await outcome { _ in .json(Data([0x22, 0xFF, 0x22])) })
        #expect(failure.error.contains("no JSON"))
    }

    @Test func aResultMayHaveAMebibyteAndNotAByteMore() async throws {
        @Sendable func text(_ bytes: Int) -> Data { Data("\"\(String(repeating: "x", count: bytes - 2))\"".utf8) }
        #expect(try result(await outcome { _ in .json(text(JobResult.maxBytes)) })?.count == JobResult.maxBytes)
        let failure = try failure(await outcome { _ in .json(text(JobResult.maxBytes + 1)) })
        #expect(failure.error.contains("\(JobResult.maxBytes + 1) bytes"))
    }

    // MARK: Failures

    @Test func aPlainErrorIsAFailureThatMayBeRetried() async throws {
        let failure = try failure(await outcome { _ in throw Broken() })
        #expect(failure.kind == "error" && failure.error == "broken" && !failure.isFinal)
    }

    @Test func aDiscardForbidsRetrying() async throws {
        let failure = try failure(await outcome { _ in throw JobFailure.discard("no use") })
        #expect(failure.error == "no use" && failure.isFinal)
    }

    @Test func aPayloadThatCannotBeReadForbidsRetrying() async throws {
        let failure = try failure(
            await outcome { job in
                _ = try job.decodePayload(as: [Int].self)
                return .none
            }
        )
        #expect(failure.isFinal)
    }

    @Test func aSnoozeGivesTheRunBackWithADelay() async throws {
        guard case .release(delay: .seconds(9)) = await outcome({ _ in throw JobFailure.snooze(for: .seconds(9)) })
        else {
            Issue.record("a snooze is a release with a delay")
            return
        }
    }

    /// What the worker was granted although it has no handler for it, somebody else may run.
    @Test func aJobWithoutAHandlerIsGivenBack() async throws {
        guard case .release(delay: nil) = await outcome(type: "other", { _ in .none }) else {
            Issue.record("it is given back")
            return
        }
    }

    @Test func anErrorIsCutWhereTheDatabaseCutsIt() async throws {
        let long = String(repeating: "ä", count: RunFailure.maxErrorBytes)
        for offset in 0..<4 {
            let text = String(repeating: "x", count: offset) + "\0" + long
            let failure = try failure(await outcome { _ in throw JobFailure.discard(text) })
            #expect(failure.error.utf8.count <= RunFailure.maxErrorBytes)
            #expect(failure.error.hasSuffix("ä…") && !failure.error.contains("\0"))
        }
    }

    // MARK: When it is tried again

    private static func fixed(_ seconds: Double) -> RetryPolicy {
        RetryPolicy(strategy: .fixed, base: seconds, jitter: false)
    }

    @Test func theHandlersDelayComesBeforeTheJobsPolicyBeforeTheHandlersBeforeTheDefault() async throws {
        let (job, handler) = (Self.fixed(7), JobBackoff.fixed(.seconds(5)))
        let named = await outcome(retry: handler, ofJob: job) { _ in throw JobFailure.retry(after: .seconds(9), "busy")
        }
        #expect(try failure(named) == RunFailure(kind: "error", error: "busy", retryAfter: .seconds(9)))
        let ofJob = await outcome(retry: handler, ofJob: job) { _ in throw Broken() }
        #expect(try failure(ofJob).retryAfter == .seconds(7))
        let ofHandler = await outcome(retry: handler) { _ in throw Broken() }
        #expect(try failure(ofHandler).retryAfter == .seconds(5))
        // Two seconds, four, eight, with jitter.
        for attempt in 1...3 {
            let byDefault = await outcome(attempt: attempt) { _ in throw Broken() }
            #expect(Duration.zero ... .seconds(1 << attempt) ~= (try failure(byDefault).retryAfter))
        }
    }

    @Test func theDelayGrowsWithTheAttempt() async throws {
        let policy = RetryPolicy(strategy: .exponential, base: 2, factor: 3, jitter: false)
        let third = await outcome(attempt: 3, ofJob: policy) { _ in throw Broken() }
        #expect(try failure(third).retryAfter == .seconds(18))
    }

    // MARK: Time

    @Test func aJobThatTakesTooLongIsStoppedAndFailsWithTimeout() async throws {
        let failure = try failure(
            await outcome(timeout: .milliseconds(20), ofJob: Self.fixed(3)) { _ in
                // Returns only because it is cancelled.
                try? await Task.sleep(for: .seconds(3_600))
                return .none
            }
        )
        #expect(failure.kind == "timeout" && failure.retryAfter == .seconds(3))
        #expect(failure.error.contains("0.02 seconds"))
    }

    /// A time-out is a number from the wire.
    @Test(arguments: [Duration.seconds(3_600), .milliseconds(Int64.max)])
    func aJobWithinItsTimeSucceeds(_ timeout: Duration) async throws {
        #expect(try result(await outcome(timeout: timeout) { _ in .json(Data("1".utf8)) }) == Array("1".utf8))
    }

    /// A handler that gets done although it is being stopped has got done, with a timeout and without.
    @Test(arguments: [nil, Duration.seconds(3_600)]) func aStoppedHandlerThatSucceedsHasSucceeded(_ timeout: Duration?)
        async throws
    {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let run = Task {
            await outcome(timeout: timeout) { _ in
                start.finish()
                try? await Task.sleep(for: .seconds(3_600))
                return .json(Data("1".utf8))
            }
        }
        for await _ in started {}
        run.cancel()
        #expect(try result(await run.value) == Array("1".utf8))
    }
}
