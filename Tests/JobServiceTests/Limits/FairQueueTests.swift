import TestSupport
import Testing

@testable import JobService

struct FairQueueTests {
    @Test func ownersTakeTurnsHoweverMuchOfOneWaits() {
        var queue = FairQueue<String, Int>(turn: 1)
        for number in 0..<1_000 { queue.append(number, of: "a") }
        for number in 0..<3 { queue.append(1_000 + number, of: "b") }
        queue.append(2_000, of: "c")
        #expect((0..<8).map { _ in queue.popFirst() } == [0, 1_000, 2_000, 1, 1_001, 2, 1_002, 3])
        #expect(queue.count == 996 && queue.owners == 1)
    }

    @Test func whatIsNotWantedStaysTheNext() {
        var queue = FairQueue<String, Int>(turn: 1)
        queue.append(1, of: "a")
        queue.append(2, of: "b")
        #expect(queue.popFirst { element, _ in element != 1 } == nil)
        #expect(queue.popFirst() == 1)
    }

    @Test func whoIsNotEligibleIsPassedOver() {
        var queue = FairQueue<String, Int>(turn: 1)
        for owner in ["a", "b", "c"] { for number in 0..<2 { queue.append(number, of: owner) } }
        #expect(queue.popFirst { $0 != "a" }?.owner == "b")
        #expect(queue.popFirst { $0 != "a" }?.owner == "c")
        #expect(queue.popFirst { _ in false } == nil)
        #expect(queue.popFirst { _ in true }?.owner == "a")
        #expect(queue.remove(of: "a") { $0 == 1 } == 1)
        #expect(queue.remove(of: "a") { $0 == 1 } == nil)
        #expect(queue.count == 2)
    }

    /// Random appends and takes against a list: nothing is lost, doubled or out of its owner's order, and nobody who waits all the time
    /// gets more than another by more than a turn and one thing.
    @Test(arguments: 0..<20) func itIsFairWhateverComes(_: Int) {
        var generator = SeededGenerator()
        let seed = generator.seed
        let (turn, heaviest) = (Int.random(in: 1...64, using: &generator), 200)
        var queue = FairQueue<Int, (number: Int, weight: Int)>(turn: turn)
        var model: [Int: [(number: Int, weight: Int, cost: Int)]] = [:]
        var number = 0
        for _ in 0..<3_000 {
            if Bool.random(using: &generator) || model.isEmpty {
                let owner = Int.random(in: 0..<8, using: &generator)
                let weight = Int.random(in: 1...heaviest, using: &generator)
                let cost = Int.random(in: 0...9, using: &generator)
                queue.append((number, weight), weight: weight, cost: cost, of: owner)
                model[owner, default: []].append((number, weight, cost))
                number += 1
            } else if let taken = queue.popFirst() {
                let owner = model.first { $0.value.first?.number == taken.number }?.key
                guard let owner else { Issue.record("out of order, seed \(seed)"); return }
                model[owner]?.removeFirst()
                if model[owner]?.isEmpty == true { model[owner] = nil }
            }
            #expect(queue.count == model.values.reduce(0) { $0 + $1.count }, "seed \(seed)")
            #expect(queue.cost == model.values.joined().reduce(0) { $0 + $1.cost }, "seed \(seed)")
            #expect(queue.owners == model.count, "seed \(seed)")
        }
        // Everybody waits all the time.
        var weights: [Int: Int] = [:]
        var fair = FairQueue<Int, (owner: Int, weight: Int)>(turn: turn)
        for owner in 0..<8 {
            for _ in 0..<500 {
                let weight = Int.random(in: 1...heaviest, using: &generator)
                fair.append((owner, weight), weight: weight, of: owner)
            }
        }
        for _ in 0..<2_000 {
            guard let taken = fair.popFirst() else { break }
            weights[taken.owner, default: 0] += taken.weight
            let (least, most) = (weights.values.min() ?? 0, weights.values.max() ?? 0)
            if weights.count == 8 { #expect(most - least <= 2 * (turn + heaviest), "seed \(seed)") }
        }
    }
}
