import Testing

@testable import QueueFlowWorker

struct TurnsTests {
    private func turns(_ keys: String) -> Turns<Character, Int> {
        var turns = Turns<Character, Int>()
        for key in keys { turns.update(key, default: 0) { _ in } }
        return turns
    }

    private func next(_ turns: inout Turns<Character, Int>, _ count: Int) -> String {
        String((0..<count).compactMap { _ in turns.next() })
    }

    @Test func whoHasHadATurnHasTheNextAfterAllOthers() {
        var turns = turns("abcde")
        #expect(Set(next(&turns, 20)) == Set("abcde"))
        let round = next(&turns, 5)
        #expect(Set(round) == Set("abcde"))
        #expect(next(&turns, 10) == round + round)
    }

    @Test func theNewestComesBeforeThoseWhoHaveHadTheirTurns() {
        var turns = turns("abcde")
        _ = next(&turns, 20)
        turns.update("n", default: 0) { _ in }
        #expect(next(&turns, 3).contains("n"))
    }

    @Test func theUnwantedKeepTheirPlaces() {
        var turns = turns("abcde")
        _ = next(&turns, 20)
        let round = next(&turns, 5)
        let second = round[round.index(after: round.startIndex)]
        #expect((0..<4).compactMap { _ in turns.next { $0 == second } } == Array(repeating: second, count: 4))
        // The others go on where they were.
        #expect(next(&turns, 5).filter { $0 != second } == round.filter { $0 != second })
        #expect(isNil(turns.next { _ in false }))
    }

    @Test func aKeyThatWasRemovedIsGoneUntilItComesAgain() {
        var turns = turns("ab")
        turns.update("a", default: 0) { $0 = 7 }
        turns.remove("a")
        #expect(!turns.contains("a") && turns.count == 1)
        #expect(next(&turns, 4) == "bbbb")
        turns.update("a", default: 1) { #expect($0 == 1) }
        // It has one place, though it had one before.
        _ = next(&turns, 6)
        #expect(next(&turns, 10).filter { $0 == "a" }.count == 5)
        turns.remove("a")
        turns.remove("b")
        #expect(turns.isEmpty && isNil(turns.next()))
    }

    /// Places of removed keys do not pile up when nobody takes a turn, nor when one key does.
    @Test func comingAndGoingLeavesNothingBehind() {
        var turns = turns("x")
        let start = ContinuousClock.now
        for _ in 0..<50_000 {
            turns.update("y", default: 0) { _ in }
            turns.remove("y")
        }
        #expect(Set(next(&turns, 5)) == ["x"])
        #expect(start.duration(to: .now) < .seconds(8))
    }
}
