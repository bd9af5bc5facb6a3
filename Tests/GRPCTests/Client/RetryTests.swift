import Concurrency
import TestSupport
import Testing

@testable import GRPC

@Suite(.timeLimit(.minutes(1))) struct RetryTests {
    /// gRPC A6: retries stop when half of the tokens are gone, and successes bring them back.
    @Test func budgetStopsRetriesAtHalf() {
        let budget = RetryBudget(policy: RetryPolicy(budget: 10, budgetPerSuccess: 0.5))
        #expect((0..<4).allSatisfy { _ in budget.failed() })
        #expect(!budget.failed())
        for _ in 0..<4 { budget.succeeded() }
        #expect(budget.failed())
        #expect(!budget.failed())
    }

    /// Makes a call to a server that answers the first `failures` attempts with `status`; the number of attempts, and the error if any.
    private func attempts(
        failures: Int,
        status: Int = 14,
        metadata: [(String, String)] = [],
        isIdempotent: Bool = true,
        requestSize: Int = 3,
        policy: RetryPolicy = RetryPolicy(backoff: ConnectionTests.quickBackoff)
    ) async throws -> (count: Int, error: GRPCError?) {
        let attempts = Tally()
        let answer = try ProbeService.framed(3)
        return try await RawServer.with { connection, _ in
            await RawServer.answer(connection) { stream in
                attempts.increment()
                return attempts.value <= failures
                    ? RawConnection.trailersOnly(status, stream: stream, metadata)
                    : RawConnection.response(answer, stream: stream)
            }
        } _: { address in
            try await withClient(address) {
                $0.retry = policy
            } _: { client in
                do throws(any Error) {
                    let answered = try await client.unary(
                        ProbeService.echo,
                        ProbeService.message(requestSize),
                        as: ProbeService.Message.self,
                        options: CallOptions(isIdempotent: isIdempotent)
                    )
                    #expect(answered == ProbeService.message(3))
                    return (attempts.value, nil)
                } catch {
                    return (attempts.value, error as? GRPCError)
                }
            }
        }
    }

    @Test func idempotentCallsAreTriedAgain() async throws {
        let (count, error) = try await attempts(failures: 2)
        #expect(count == 3 && error == nil)
    }

    @Test func attemptsAreLimited() async throws {
        let (count, error) = try await attempts(failures: 10)
        #expect(count == 3 && error?.code == .unavailable)
    }

    @Test func otherCallsAreNotTriedAgain() async throws {
        let (count, error) = try await attempts(failures: 1, isIdempotent: false)
        #expect(count == 1 && error?.code == .unavailable)
    }

    @Test func otherFailuresAreNotTriedAgain() async throws {
        let (count, error) = try await attempts(failures: 1, status: 13)
        #expect(count == 1 && error?.code == .internal)
    }

    @Test func anExhaustedBudgetStopsRetries() async throws {
        let policy = RetryPolicy(backoff: ConnectionTests.quickBackoff, budget: 2)
        let (count, error) = try await attempts(failures: 1, policy: policy)
        #expect(count == 1 && error?.code == .unavailable)
    }

    @Test func requestsLargerThanTheBufferAreNotTriedAgain() async throws {
        let policy = RetryPolicy(backoff: ConnectionTests.quickBackoff, bufferSize: 100)
        let (count, error) = try await attempts(failures: 1, requestSize: 1000, policy: policy)
        #expect(count == 1 && error?.code == .unavailable)
    }

    /// gRPC A6, "Pushback": the server's word on the wait counts, and a negative one forbids retries.
    @Test func theServerMayNameTheWaitOrForbidARetry() async throws {
        let slow = RetryPolicy(backoff: Backoff(first: .seconds(3600), longest: .seconds(3600)))
        let pushed = try await attempts(failures: 1, metadata: [("grpc-retry-pushback-ms", "1")], policy: slow)
        #expect(pushed.count == 2 && pushed.error == nil)
        let forbidden = try await attempts(failures: 1, metadata: [("grpc-retry-pushback-ms", "-1")])
        #expect(forbidden.count == 1 && forbidden.error?.code == .unavailable)
    }

    /// A wait that would pass the deadline is not begun.
    @Test func aRetryThatWouldComeTooLateFailsAtOnce() async throws {
        try await RawServer.with { connection, _ in
            await RawServer.answer(connection) { RawConnection.trailersOnly(14, stream: $0) }
        } _: { address in
            try await withClient(address) {
                $0.retry = RetryPolicy(backoff: Backoff(first: .seconds(7200), longest: .seconds(7200)))
            } _: { client in
                let error = await #expect(throws: GRPCError.self) {
                    try await client.unary(
                        ProbeService.echo,
                        ProbeService.message(1),
                        as: ProbeService.Message.self,
                        options: CallOptions(timeout: .seconds(3600), isIdempotent: true)
                    )
                }
                #expect(error?.code == .deadlineExceeded)
            }
        }
    }
}
