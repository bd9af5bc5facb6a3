import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Formats
@testable import JobService

/// What a sliding window means: the times and weights of all requests that were admitted.
struct ExactWindow {
    let limit: Int
    let microseconds: Int64
    private var admitted: [(time: Int64, weight: Int)] = []
    private var first = 0
    private(set) var used = 0

    init(_ rule: RateRule) {
        limit = rule.limit
        microseconds = rule.window.millisecondsTruncated * 1_000
    }

    mutating func admits(_ time: Int64, weight: Int = 1) -> Bool {
        while first < admitted.count, admitted[first].time <= time - microseconds {
            used -= admitted[first].weight
            first += 1
        }
        guard used + weight <= limit else { return false }
        admitted.append((time, weight))
        used += weight
        return true
    }
}

/// Arrivals at random, of a rate that changes.
struct Arrivals {
    private(set) var time: Int64 = 1_700_000_000_000_000
    private var generator: SeededGenerator
    private var mean = 1_000.0
    /// By how much they come more slowly.
    private let scale: Double

    init(seed: UInt64, scale: Double = 1) {
        self.scale = scale
        generator = SeededGenerator(seed: seed)
    }

    mutating func next() -> Int64 {
        if Int.random(in: 0..<200, using: &generator) == 0 { mean = Double.random(in: 200...20_000, using: &generator) }
        time += Int64(-scale * mean * log(Double.random(in: 0.000_001...1, using: &generator)))
        return time
    }
}

struct SlidingWindowTests {
    @Test(arguments: [(50, 1), (1_000, 10), (300, 60)], [UInt64(1), 2, 3])
    func itAdmitsWhatAnExactWindowAdmits(_ rule: (limit: Int, seconds: Int), seed: UInt64) {
        let rule = RateRule(limit: rule.limit, window: .seconds(rule.seconds))
        var window = SlidingWindow(rule)
        var exact = ExactWindow(rule)
        var arrivals = Arrivals(seed: seed)
        var (admitted, expected) = (0, 0)
        for _ in 0..<100_000 {
            let time = arrivals.next()
            if window.admit(at: time).isAdmitted { admitted += 1 }
            if exact.admits(time) { expected += 1 }
        }
        #expect(expected > 1_000)
        #expect(abs(admitted - expected) * 100 <= expected, "\(admitted) instead of \(expected)")
    }

    @Test(arguments: [UInt64(4), 5, 6]) func whatWeighsMoreCountsForMore(seed: UInt64) {
        let rule = RateRule(limit: 100_000, window: .seconds(10))
        var window = SlidingWindow(rule)
        var exact = ExactWindow(rule)
        var arrivals = Arrivals(seed: seed)
        var generator = SeededGenerator(seed: seed)
        var (admitted, expected, most) = (0, 0, 0)
        for _ in 0..<50_000 {
            let time = arrivals.next()
            let weight = Bool.random(using: &generator) ? 1 : Int.random(in: 1...1_000, using: &generator)
            let decision = window.admit(at: time, weight: weight)
            if decision.isAdmitted { admitted += weight } else { #expect(decision.remaining < weight) }
            if exact.admits(time, weight: weight) { expected += weight }
            most = max(most, rule.limit - decision.remaining)
        }
        #expect(expected > 1_000_000 && most <= rule.limit)
        #expect(abs(admitted - expected) * 100 <= 2 * expected, "\(admitted) instead of \(expected)")
    }

    @Test func whatIsOwedIsCountedEvenBeyondTheLimit() {
        var window = SlidingWindow(RateRule(limit: 10, window: .seconds(1)))
        #expect(window.admit(at: 5_000_000, weight: 4, owed: 3).remaining == 3)
        #expect(window.admit(at: 5_000_000, weight: 0, owed: 9) == window.admit(at: 5_000_000, weight: 0))
        let refused = window.admit(at: 5_000_000, weight: 10)
        #expect(!refused.isAdmitted && refused.remaining == 0 && refused.retryAfter >= .seconds(1))
        #expect(window.admit(at: 6_100_000, weight: 10).isAdmitted)
        #expect(!window.admit(at: 9_000_000, weight: 11).isAdmitted, "it never is")
    }

    @Test func afterTheTimeItNamesOneMayPassAndNotLongBefore() {
        let rule = RateRule(limit: 20, window: .seconds(1))
        var window = SlidingWindow(rule)
        var arrivals = Arrivals(seed: 4)
        for _ in 0..<20_000 {
            let time = arrivals.next()
            let weight = Int(time % 3) + 1
            let decision = window.admit(at: time, weight: weight)
            guard !decision.isAdmitted else { continue }
            let wait =
                decision.retryAfter.components.attoseconds / 1_000_000_000_000
                + decision.retryAfter.components.seconds * 1_000_000
            var (early, late) = (window, window)
            #expect(late.admit(at: time + wait, weight: weight).isAdmitted)
            #expect(!early.admit(at: time + max(0, wait - 2 * 10_000), weight: weight).isAdmitted)
        }
    }

    @Test func remainingCountsDownAndAClockThatGoesBackDoesNoHarm() {
        var window = SlidingWindow(RateRule(limit: 3, window: .seconds(1)))
        #expect((0..<3).map { _ in window.admit(at: 5_000_000).remaining } == [2, 1, 0])
        #expect(!window.admit(at: 4_000_000).isAdmitted)
        #expect(window.admit(at: 7_000_000).remaining == 2)
    }
}
