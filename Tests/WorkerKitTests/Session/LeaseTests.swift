import Concurrency
import JobCore
import Testing

@testable import Platform
@testable import QueueFlowWorker

@Suite(.timeLimit(.minutes(1))) struct LeaseTests {
    @Test func itEndsASecondEarlyCountedFromWhenTheRenewalWasSent() throws {
        let lease = Lease()
        #expect(lease.remaining() == nil)
        #expect(!lease.expire())
        lease.renewed(sentAt: .now - .seconds(3), lasts: .seconds(10))
        let remaining = try #require(lease.remaining())
        #expect(.seconds(5)...(.seconds(6)) ~= remaining)
        #expect(!lease.expire())
    }

    /// Whoever finds that the time is up stops the runs, once.
    @Test func itExpiresOnce() {
        let lease = Lease()
        lease.renewed(sentAt: .now - .seconds(9), lasts: .seconds(10))
        #expect(lease.expire())
        #expect(lease.remaining() == nil)
        #expect(!lease.expire())
        lease.renewed(sentAt: .now, lasts: .seconds(10))
        #expect(lease.remaining() != nil)
        lease.revoke()
        #expect(lease.remaining() == nil && !lease.expire())
    }

    /// Acknowledgements are not sent in the order of the heartbeats.
    @Test func anOlderRenewalDoesNotShortenIt() throws {
        let lease = Lease()
        let now = ContinuousClock.now
        lease.renewed(sentAt: now, lasts: .seconds(100))
        lease.renewed(sentAt: now - .seconds(50), lasts: .seconds(100))
        #expect(try #require(lease.remaining()) > .seconds(90))
    }

    @Test func whoWaitsForALeaseIsWoken() async {
        let lease = Lease()
        async let woken: Void = lease.changed.wait()
        lease.renewed(sentAt: .now, lasts: .seconds(10))
        await woken
    }
}

@Suite(.timeLimit(.minutes(1))) struct HeartbeatLogTests {
    @Test func eachIsAnsweredOnce() throws {
        let log = HeartbeatLog()
        let (first, second) = (log.sending(), log.sending())
        let sent = try (#require(log.answered(second)), #require(log.answered(first)))
        #expect(sent.1 <= sent.0)
        #expect(log.answered(first) == nil)
        #expect(log.answered(77) == nil)
    }

    @Test func aSessionWithoutAnswersEnds() async throws {
        let log = HeartbeatLog()
        log.welcomed(leaseLasts: .milliseconds(50))
        let start = ContinuousClock.now
        let unanswered = log.sending()
        _ = log.answered(log.sending())
        await #expect(throws: NoAnswer.self) { try await log.waitUntilUnanswered() }
        #expect(start.duration(to: .now) >= .milliseconds(50))
        #expect(log.answered(unanswered) != nil)
    }

    @Test func aSessionWithAnswersGoesOn() async throws {
        let log = HeartbeatLog()
        log.welcomed(leaseLasts: .seconds(1))
        let watch = Task { try await log.waitUntilUnanswered() }
        let start = ContinuousClock.now
        while start.duration(to: .now) < .milliseconds(1_300) {
            let sequence = log.sending()
            try await Task.sleep(for: .milliseconds(10))
            #expect(log.answered(sequence) != nil)
        }
        watch.cancel()
        await #expect(throws: CancellationError.self) { try await watch.value }
    }
}
