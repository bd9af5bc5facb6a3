import Concurrency
import Testing

@Suite(.timeLimit(.minutes(1))) struct SignalTests {
    @Test func allWhoWaitAreWoken() async {
        for count in [1, 2, 17] {
            let signal = Signal()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<count { group.addTask { await signal.wait() } }
                while signal.waiters < count { await Task.yield() }
                signal.raise()
            }
            // Whoever comes later waits for the next one.
            await expectNotRaised(signal)
        }
    }

    @Test func raisedWhileNobodyWaitsItIsRememberedOnce() async {
        let signal = Signal()
        for _ in 0..<3 { signal.raise() }
        await signal.wait()
        await expectNotRaised(signal)
    }

    @Test func whoIsCancelledTakesNothingFromTheOthers() async {
        let signal = Signal()
        let cancelled = Task { await signal.wait() }
        let other = Task { await signal.wait() }
        while signal.waiters < 2 { await Task.yield() }
        cancelled.cancel()
        await cancelled.value
        signal.raise()
        await other.value
        // Cancelled before it began to wait: what was raised stays for the next one.
        signal.raise()
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            await signal.wait()
        }
        late.cancel()
        await late.value
        await signal.wait()
    }

    @Test func aWaitWithALimitEndsWithEither() async {
        let signal = Signal()
        await signal.wait(atMost: .milliseconds(1))
        #expect(signal.waiters == 0)
        let waiting = Task { await signal.wait(atMost: .seconds(3_600)) }
        while signal.waiters < 1 { await Task.yield() }
        signal.raise()
        await waiting.value
    }

    private func expectNotRaised(_ signal: Signal, sourceLocation: SourceLocation = #_sourceLocation) async {
        let waiting = Task { await signal.wait() }
        while signal.waiters < 1 { await Task.yield() }
        #expect(signal.waiters == 1, sourceLocation: sourceLocation)
        waiting.cancel()
        await waiting.value
    }
}
