import Testing

@testable import LocalServers

@Suite(.timeLimit(.minutes(1))) struct OneShotTests {
    @Test func everyoneGetsTheValueBeforeAndAfterItArrives() async {
        let shot = OneShot<Int>()
        #expect(shot.current == nil)
        await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<50 { group.addTask { await shot.value() } }
            group.addTask {
                shot.fulfil(7)
                return 7
            }
            for await value in group { #expect(value == 7) }
        }
        #expect(shot.current == 7)
        #expect(await shot.value() == 7)
    }

    @Test func onlyTheFirstValueCounts() async {
        let shot = OneShot<Int>()
        shot.fulfil(1)
        shot.fulfil(2)
        #expect(await shot.value() == 1)
    }

    @Test(arguments: [Duration.zero, .nanoseconds(1), .milliseconds(2)])
    func theTimeEndsEvenBeforeTheWaitBegins(_ limit: Duration) async {
        let shot = OneShot<Int>()
        for _ in 0..<200 { #expect(await shot.value(within: limit) == nil) }
    }

    @Test func cancellationEndsTheWaitWheneverItComes() async {
        let shot = OneShot<Int>()
        for round in 0..<200 {
            let task = Task { await shot.value() }
            if round % 2 == 0 { await Task.yield() }
            task.cancel()
            #expect(await task.value == nil)
        }
    }
}
