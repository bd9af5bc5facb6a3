import Synchronization
import Testing

@testable import Telemetry

@Suite(.timeLimit(.minutes(1))) struct SharedProbeTests {
    private struct Failure: Error {}

    @Test func tellsSuccessAndFailure() async {
        guard case .success(7) = await SharedProbe({ 7 }).run(within: .seconds(30)) else {
            Issue.record("The operation succeeded.")
            return
        }
        guard case .failure(is Failure) = await SharedProbe({ () -> Int in throw Failure() }).run(within: .seconds(30))
        else {
            Issue.record("The operation failed.")
            return
        }
    }

    @Test func askersShareARun() async {
        let starts = Atomic(0)
        let (release, releaser) = AsyncStream.makeStream(of: Void.self)
        let (started, starter) = AsyncStream.makeStream(of: Void.self)
        let probe = SharedProbe {
            starter.yield()
            for await _ in release {}
            return starts.add(1, ordering: .relaxed).newValue
        }
        async let first = probe.run(within: .seconds(30))
        for await _ in started { break }
        async let second = probe.run(within: .seconds(30))
        async let third = probe.run(within: .seconds(30))
        // Both have joined once they are among the waiters.
        while await probe.waiters.count < 3 {
            await Task.yield()
        }
        releaser.finish()
        for outcome in await [first, second, third] {
            guard case .success(1) = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
        guard case .success(2) = await probe.run(within: .seconds(30)) else {
            Issue.record("A later asker gets a new run.")
            return
        }
    }

    @Test func anAbandonedRunIsCancelledAndItsFailureIsNotHandedOn() async {
        let runs = Atomic(0)
        let (gate, gatekeeper) = AsyncStream.makeStream(of: Void.self)
        let probe = SharedProbe {
            guard runs.add(1, ordering: .relaxed).newValue == 1 else {
                return "second run"
            }
            // Ends only when told to, and then says whether it was cancelled.
            await Task { for await _ in gate {} }.value
            try Task.checkCancellation()
            return "first run"
        }
        guard case .late = await probe.run(within: .milliseconds(1)) else {
            Issue.record("The first run hangs.")
            return
        }
        async let outcome = probe.run(within: .seconds(30))
        while await probe.waiters.count < 1 {
            await Task.yield()
        }
        gatekeeper.finish()
        guard case .success("second run") = await outcome else {
            Issue.record("The asker who came after got the abandoned run's outcome.")
            return
        }
    }
}
