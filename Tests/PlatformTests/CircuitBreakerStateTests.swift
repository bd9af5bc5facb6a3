import Platform
import TestSupport
import Testing

@Suite struct CircuitBreakerStateTests {
    private let start = ContinuousClock.now
    private let settings = CircuitBreakerState.Settings(
        failuresToOpen: 3,
        successesToClose: 2,
        firstOpening: .seconds(1),
        longestOpening: .seconds(3)
    )

    private func permit(_ state: inout CircuitBreakerState, at offset: Duration = .zero) throws
        -> CircuitBreakerState.Permit
    {
        let answer = state.begin(now: start + offset)
        guard case .permitted(let permit) = answer else { throw Refused() }
        return permit
    }

    private struct Refused: Error {}

    private func call(
        _ state: inout CircuitBreakerState,
        _ outcome: CircuitBreakerState.Outcome,
        at offset: Duration = .zero
    ) throws {
        let permit = try permit(&state, at: offset)
        state.end(permit, outcome, now: start + offset)
    }

    @Test func onlyFailuresInARowOpenIt() throws {
        var state = CircuitBreakerState(settings: settings)
        for outcome: CircuitBreakerState.Outcome in [.failure, .failure, .success, .failure, .unknown, .failure] {
            try call(&state, outcome)
        }
        #expect(state.phase == .closed(failures: 2))
        try call(&state, .failure)
        #expect(state.phase == .open(until: start + .seconds(1)))
        let answer = state.begin(now: start + .milliseconds(400))
        #expect(answer == .refused(retryAfter: .milliseconds(600)))
    }

    @Test func oneLateCallOpensIt() throws {
        var state = CircuitBreakerState(settings: settings)
        try call(&state, .late)
        #expect(state.phase == .open(until: start + .seconds(1)))
    }

    @Test func trialsAreMadeOneAtATimeAndCloseIt() throws {
        var state = CircuitBreakerState(settings: settings)
        try call(&state, .late)
        let trial = try permit(&state, at: .seconds(1))
        let second = state.begin(now: start + .seconds(1))
        #expect(second == .refused(retryAfter: .seconds(1)))
        state.end(trial, .success, now: start + .seconds(1))
        #expect(state.phase == .halfOpen(isTrying: false, successes: 1))
        try call(&state, .unknown, at: .seconds(2))
        #expect(state.phase == .halfOpen(isTrying: false, successes: 1))
        try call(&state, .success, at: .seconds(2))
        #expect(state.phase == .closed(failures: 0))
    }

    @Test func itStaysOpenTwiceAsLongAfterEachFailedTrialUpToALimit() throws {
        var state = CircuitBreakerState(settings: settings)
        try call(&state, .late)
        var time = Duration.seconds(1)
        for opening in [2, 3, 3] {
            try call(&state, .failure, at: time)
            #expect(state.phase == .open(until: start + time + .seconds(opening)))
            time += .seconds(opening)
        }
        for _ in 0..<2 { try call(&state, .success, at: time) }
        try call(&state, .late, at: time)
        #expect(state.phase == .open(until: start + time + .seconds(1)))
    }

    @Test func outcomesFromBeforeTheLastChangeAreNotHeeded() throws {
        var state = CircuitBreakerState(settings: settings)
        let old = try permit(&state)
        try call(&state, .late)
        state.end(old, .success, now: start)
        #expect(state.phase == .open(until: start + .seconds(1)))
        let trial = try permit(&state, at: .seconds(1))
        state.end(old, .failure, now: start + .seconds(1))
        #expect(state.phase == .halfOpen(isTrying: true, successes: 0))
        state.end(trial, .success, now: start + .seconds(1))
        #expect(state.phase == .halfOpen(isTrying: false, successes: 1))
    }

    /// However calls come and end, there is never more than one trial, and an open circuit lets nobody through before its time.
    @Test func randomCallsKeepTheRules() {
        var generator = SeededGenerator(seed: 7)
        var state = CircuitBreakerState(settings: settings)
        var now = start
        var running: [CircuitBreakerState.Permit] = []
        for _ in 0..<20_000 {
            now += .milliseconds(Int.random(in: 0...200, using: &generator))
            if Bool.random(using: &generator), !running.isEmpty {
                let index = Int.random(in: running.indices, using: &generator)
                let outcomes: [CircuitBreakerState.Outcome] = [.success, .success, .failure, .late, .unknown]
                let outcome = outcomes.randomElement(using: &generator) ?? .success
                state.end(running.remove(at: index), outcome, now: now)
            } else {
                let before = state.phase
                let answer = state.begin(now: now)
                if case .permitted(let permit) = answer {
                    running.append(permit)
                    if case .open(let until) = before { #expect(now >= until) }
                    if case .halfOpen(let isTrying, _) = before { #expect(!isTrying) }
                } else if case .closed = before {
                    Issue.record("a closed circuit refused a call")
                }
            }
        }
    }
}
