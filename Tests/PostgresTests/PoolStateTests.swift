import Testing

@testable import Postgres

/// The pool's decisions, without connections: these are numbers, and callers are names.
@Suite struct PoolStateTests {
    private typealias State = PoolState<Int, String>
    private let start = ContinuousClock.now
    private let error = PostgresError(.cannotConnect, operation: "connect", message: "refused")

    private func caller(_ name: String, _ id: UInt64 = 0) -> State.Waiting {
        State.Waiting(id: id, deadline: start + .seconds(5), waiter: name)
    }

    @Test func connectionsAreMadeForCallersUpToTheMaximum() {
        var state = State(size: 0...2, maximumWaiting: 10)
        for (index, name) in ["a", "b", "c"].enumerated() {
            guard case .wait(let connects) = state.acquire(caller(name), now: start) else {
                Issue.record("\(name) does not wait")
                continue
            }
            #expect(connects == (index < 2))
        }
        #expect(state.connectingCount == 2 && state.waiting.count == 3)
    }

    @Test func callersAreServedInOrder() {
        var state = State(size: 0...1, maximumWaiting: 10)
        for name in ["a", "b", "c"] { _ = state.acquire(caller(name), now: start) }
        guard case .lend(to: "a") = state.connected(1, now: start).connection else { return #expect(Bool(false)) }
        guard case .lend(to: "b") = state.release(1, now: start) else { return #expect(Bool(false)) }
        guard case .lend(to: "c") = state.release(1, now: start) else { return #expect(Bool(false)) }
        #expect(state.busyCount == 1)
        guard case .keep = state.release(1, now: start) else { return #expect(Bool(false)) }
        #expect(state.busyCount == 0 && state.idle.count == 1)
    }

    @Test func theConnectionUsedLastIsLentFirst() {
        var state = State(size: 0...2, maximumWaiting: 10)
        for name in ["a", "b"] { _ = state.acquire(caller(name), now: start) }
        _ = state.connected(1, now: start)
        _ = state.connected(2, now: start)
        _ = state.release(1, now: start)
        _ = state.release(2, now: start)
        let lent = (0..<3).map { _ in state.takeIdle()?.connection }
        #expect(lent == [2, 1, nil])
    }

    @Test func aServerThatIsDownFailsAllCallersAtOnce() {
        var state = State(size: 0...2, maximumWaiting: 10)
        for name in ["a", "b", "c"] { _ = state.acquire(caller(name), now: start) }
        guard case .nothing = state.connectFailed(error, now: start, jitter: 1) else {
            // The second attempt is still under way, so a retry may be planned, but nobody fails yet.
            #expect(state.waiting.count == 3)
            guard case .fail(let names, _) = state.connectFailed(error, now: start, jitter: 1) else {
                return #expect(Bool(false))
            }
            return #expect(names == ["a", "b", "c"])
        }
        Issue.record("the failure was ignored")
    }

    @Test func afterAFailureCallersAreRefusedForAWhile() {
        var state = State(size: 0...2, maximumWaiting: 10)
        _ = state.acquire(caller("a"), now: start)
        _ = state.connectFailed(error, now: start, jitter: 1)
        guard case .refuse(let refusal) = state.acquire(caller("b"), now: start + .milliseconds(49)) else {
            return #expect(Bool(false))
        }
        #expect(refusal == error)
        guard case .wait(connect: true) = state.acquire(caller("c"), now: start + .milliseconds(51)) else {
            return #expect(Bool(false))
        }
    }

    @Test func thePauseGrowsToASecondAndASuccessEndsIt() {
        var state = State(size: 0...1, maximumWaiting: 10)
        var now = start
        for _ in 0..<10 {
            now += .seconds(2)
            _ = state.acquire(caller("a"), now: now)
            _ = state.connectFailed(error, now: now, jitter: 1)
        }
        guard case .refuse = state.acquire(caller("b"), now: now + .milliseconds(999)) else {
            return #expect(Bool(false))
        }
        guard case .wait(connect: true) = state.acquire(caller("b"), now: now + .milliseconds(1001)) else {
            return #expect(Bool(false))
        }
        _ = state.connected(1, now: now)
        _ = state.discard(now: now)
        guard case .wait(connect: true) = state.acquire(caller("c"), now: now) else { return #expect(Bool(false)) }
    }

    @Test func oneAttemptAtATimeFindsOutWhetherTheServerIsBack() {
        var state = State(size: 3...4, maximumWaiting: 10)
        _ = state.acquire(caller("a"), now: start)
        _ = state.connectFailed(error, now: start, jitter: 1)
        let later = start + .seconds(2)
        let attempts = ["b", "c", "d"].map { name in
            if case .wait(connect: true) = state.acquire(caller(name), now: later) { true } else { false }
        }
        #expect(attempts == [true, false, false])
        let missing = state.beginFilling(now: later)
        #expect(missing == 0)
        let next = state.connected(1, now: later)
        #expect(next.more == 2 && state.connectingCount == 2)
    }

    @Test func whileConnectionsLiveCallersWaitForThem() {
        var state = State(size: 0...2, maximumWaiting: 10)
        _ = state.acquire(caller("a"), now: start)
        _ = state.connected(1, now: start)
        _ = state.acquire(caller("b"), now: start)
        guard case .connectLater(let delay) = state.connectFailed(error, now: start, jitter: 1) else {
            return #expect(Bool(false))
        }
        #expect(delay == .milliseconds(50) && state.waiting.count == 1)
        guard case .lend(to: "b") = state.release(1, now: start) else { return #expect(Bool(false)) }
        let connects = state.retry()
        #expect(!connects)
    }

    @Test func aBrokenConnectionIsReplacedForThoseWhoWait() {
        var state = State(size: 0...1, maximumWaiting: 10)
        for name in ["a", "b"] { _ = state.acquire(caller(name), now: start) }
        _ = state.connected(1, now: start)
        guard case .connect = state.discard(now: start) else { return #expect(Bool(false)) }
        #expect(state.connectingCount == 1 && state.busyCount == 0 && state.lastBreak == start)
    }

    @Test func theQueueIsBounded() {
        var state = State(size: 0...1, maximumWaiting: 2)
        for name in ["a", "b"] { _ = state.acquire(caller(name), now: start) }
        guard case .refuse(let refusal) = state.acquire(caller("c"), now: start) else { return #expect(Bool(false)) }
        #expect(refusal.kind == .poolExhausted)
    }

    @Test func thoseWhoWaitTooLongLeaveInOrder() {
        var state = State(size: 0...1, maximumWaiting: 10)
        for index in 0..<4 {
            let deadline = start + .seconds(index)
            _ = state.acquire(.init(id: UInt64(index), deadline: deadline, waiter: "\(index)"), now: start)
        }
        let removed = (0..<2).map { _ in state.removeWaiting(1) }
        #expect(removed == ["1", nil])
        let expired = state.removeExpired(now: start + .seconds(2))
        #expect(expired == ["0", "2"])
        #expect(state.waiting.map(\.waiter) == ["3"])
    }

    @Test func theMinimumIsFilledAndTheRestGrowsOld() {
        var state = State(size: 2...4, maximumWaiting: 10)
        let missing = (0..<2).map { _ in state.beginFilling(now: start) }
        #expect(missing == [2, 0])
        for number in 1...2 { _ = state.connected(number, now: start) }
        for name in ["a", "b", "c"] { _ = state.acquire(caller(name), now: start) }
        _ = state.connected(3, now: start)
        for number in 1...3 { _ = state.release(number, now: start + .seconds(number)) }
        let removed = state.removeIdle(since: start + .seconds(3))
        let taken = state.takeIdle(since: start + .seconds(2))
        #expect(removed == [1] && taken == [2])
        #expect(state.idle.count == 1 && state.busyCount == 1)
    }

    @Test func aClosedPoolRefusesAndClosesWhatComesBack() {
        var state = State(size: 0...2, maximumWaiting: 10)
        _ = state.acquire(caller("a"), now: start)
        _ = state.connected(1, now: start)
        _ = state.acquire(caller("b"), now: start)
        let refused = state.close().waiters
        #expect(refused == ["b"])
        guard case .refuse(let refusal) = state.acquire(caller("c"), now: start) else { return #expect(Bool(false)) }
        #expect(refusal.kind == .poolClosed)
        guard case .close = state.release(1, now: start) else { return #expect(Bool(false)) }
        guard case .close = state.connected(2, now: start).connection else { return #expect(Bool(false)) }
        #expect(state.busyCount == 0 && state.connectingCount == 0)
    }
}
