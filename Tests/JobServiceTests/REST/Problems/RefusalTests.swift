import Hummingbird
import HummingbirdTesting
import TestSupport
import Testing

@testable import JobService

@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
    private struct Answers: HTTPResponder {
        func respond(to request: Request, context: RESTContext) async throws -> Response {
            Response(status: .init(code: Int(request.uri.path.dropFirst()) ?? 200))
        }
    }

    @Test(arguments: [429, 503]) func refusalsOfAFloodAreHeldBackAndNothingElseIs(status: Int) async throws {
        let router = Router(context: RESTContext.self)
        router.add(middleware: RefusalMiddleware(RefusalPace(perSecond: 20)))
        router.get(":status") { request, context in try await Answers().respond(to: request, context: context) }
        try await Application(responder: router.buildResponder()).test(.live) { client in
            let clock = ContinuousClock()
            // As many as a second may have come at once.
            let first = try await clock.measure {
                for _ in 0..<20 { try await client.execute(uri: "/\(status)", method: .get) { _ in } }
            }
            #expect(first < .milliseconds(500))
            let others = try await clock.measure {
                for _ in 0..<100 { try await client.execute(uri: "/404", method: .get) { _ in } }
            }
            let held = try await clock.measure {
                for _ in 0..<40 { try await client.execute(uri: "/\(status)", method: .get) { _ in } }
            }
            #expect(held > .milliseconds(1_500) - first - others)
            #expect(held < .seconds(4))
        }
    }

    /// Random times, and laws: who keeps to the pace is never held back, nobody is for longer than the longest, and where that does not
    /// bind no second has more than twice what it may.
    @Test(arguments: 0..<20) func thePace(round: Int) {
        var random = SeededGenerator(seed: UInt64(round))
        let perSecond = Int.random(in: 1...2_000, using: &random)
        var pace = RefusalPace(perSecond: perSecond)
        var now = ContinuousClock.now
        var given: [ContinuousClock.Instant] = []
        var isBound = false
        for _ in 0..<3_000 {
            now += .microseconds(Int.random(in: 0...(3_000_000 / perSecond), using: &random))
            let delay = pace.delay(at: now)
            #expect(delay >= .zero && delay <= RefusalPace.longest, "seed \(round)")
            isBound = isBound || delay == RefusalPace.longest
            given.append(now + delay)
        }
        var first = 0
        for (index, time) in given.enumerated() where !isBound {
            while given[first] <= time - .seconds(1) { first += 1 }
            #expect(index - first < 2 * perSecond + 2, "seed \(round)")
        }
        now += .seconds(3)
        for _ in 0..<(2 * perSecond) {
            now += .seconds(1) / perSecond
            #expect(pace.delay(at: now) == .zero, "seed \(round)")
        }
    }
}
