import Foundation
import TestSupport
import Testing

@testable import JobCore
@testable import JobStore

@Suite struct HistoryLineTests {
    private static let now = 29_000_000

    private func keeping(began: Int = 0, closed: Int = now - 1, load: JobLoad? = nil) -> FigureKeeping {
        // Half a minute into the present one.
        FigureKeeping(
            now: Date(timeIntervalSince1970: Double(Self.now) * 60 + 30),
            began: began,
            closed: closed,
            base: load == nil ? nil : JobFlow(),
            load: load
        )
    }

    private func row(_ minute: Int, of minutes: Int = 1, submitted: Int64, queued: Int64, before: Int64 = 0)
        -> MinuteRow
    {
        MinuteRow(
            minute: minute,
            minutes: minutes,
            flow: JobFlow(submitted: submitted),
            load: JobLoad(queued: queued, running: 0),
            loadBefore: JobLoad(queued: before, running: 0)
        )
    }

    @Test func whatRestsIsZeroAndWhatIsNotKnownIsNil() {
        let rows = [
            row(Self.now - 10, submitted: 7, queued: 4, before: 2),
            row(Self.now - 5, submitted: 3, queued: 0, before: 4),
        ]
        let keeping = keeping(began: Self.now - 20, closed: Self.now - 3)
        let points = HistoryLine(.hour, keeping, rows: rows, waits: []).points
        #expect(points.count == 60)
        #expect(points.first?.at == Date(timeIntervalSince1970: Double(Self.now - 60) * 60))
        #expect(points[..<40].allSatisfy { $0.flow == nil && $0.load == nil })
        #expect(
            points[40..<58].map { $0.flow?.submitted } == Array(repeating: 0, count: 10) + [7, 0, 0, 0, 0, 3, 0, 0]
        )
        let queued = Array(repeating: Int64(2), count: 10) + Array(repeating: 4, count: 5) + [0, 0, 0]
        #expect(points[40..<58].map { $0.load?.queued } == queued)
        #expect(points[58...].allSatisfy { $0.flow == nil && $0.load == nil })
    }

    @Test func whatHasNoRowStandsAsItStood() {
        let points = HistoryLine(.hour, keeping(load: JobLoad(queued: 5, running: 1)), rows: [], waits: []).points
        #expect(points.allSatisfy { $0.flow == JobFlow() && $0.load == JobLoad(queued: 5, running: 1) })
    }

    @Test func minutesWithoutASchedulerShareWhatWasCounted() {
        let keeping = keeping(began: Self.now - 30)
        let points = HistoryLine(
            .hour,
            keeping,
            rows: [row(Self.now - 1, of: 4, submitted: 10, queued: 6, before: 1)],
            waits: []
        )
        .points
        #expect(points[56...].map { $0.flow?.submitted } == [2, 3, 2, 3])
        #expect(points[55...].map { $0.load?.queued } == [1, nil, nil, nil, 6])
    }

    @Test func aDayHasQuartersOfAnHourThatAreOver() throws {
        let end = Self.now / 15 * 15
        let rows = [
            row(end - 15, submitted: 1, queued: 3), row(end - 1, submitted: 2, queued: 4),
            row(end, submitted: 9, queued: 9),
        ]
        var buckets = WaitBuckets()
        buckets.count(microseconds: 2_000_000)
        let waits = [(end - 15, buckets), (end - 1, buckets), (end, buckets)]
        let points = HistoryLine(.day, keeping(), rows: rows, waits: waits).points
        #expect(points.count == 96)
        let last = try #require(points.last)
        #expect(last.at == Date(timeIntervalSince1970: Double(end - 15) * 60))
        #expect(last.flow?.submitted == 3 && last.load?.queued == 4 && last.waits.total == 2)
        #expect(points[94].flow == JobFlow())
    }

    /// However rows lie, what they counted is told once, as far as it is in the range.
    @Test func nothingIsToldTwiceAndNothingIsLost() {
        var generator = SeededGenerator()
        for _ in 0..<200 {
            var (rows, minute, sum): ([MinuteRow], Int, Int64) = ([], Self.now - 61, 0)
            while minute < Self.now - 1 {
                let minutes = Int.random(in: 1...6, using: &generator)
                minute += minutes
                guard minute < Self.now else { break }
                if Bool.random(using: &generator) { continue }
                let submitted = Int64.random(in: 0...100, using: &generator)
                sum += submitted
                rows.append(row(minute, of: minutes, submitted: submitted, queued: 0))
            }
            let points = HistoryLine(.hour, keeping(), rows: rows, waits: []).points
            #expect(points.compactMap { $0.flow?.submitted }.reduce(0, +) == sum, "seed \(generator.seed)")
        }
    }
}

@Suite struct FlowRatesTests {
    private func rates(_ submitted: Int64, base: Int64, last: Int64?, of minutes: Int = 1, after seconds: Double)
        -> Double
    {
        let closed = 1_000
        let keeping = FigureKeeping(
            now: Date(timeIntervalSince1970: Double(closed + 1) * 60 + seconds),
            began: 0,
            closed: closed,
            base: JobFlow(submitted: base)
        )
        let load = JobLoad(queued: 0, running: 0)
        let row = last.map {
            MinuteRow(minute: closed, minutes: minutes, flow: JobFlow(submitted: $0), load: load, loadBefore: load)
        }
        return FlowRates(JobFlow(submitted: submitted), since: keeping, last: row).submitted
    }

    @Test func theLastMinuteIsThePresentOneAndTheRestOfTheOneBefore() {
        #expect(rates(1_030, base: 1_000, last: 60, after: 30) == 1)
        #expect(rates(1_000, base: 1_000, last: 120, after: 0) == 2)
        #expect(rates(1_000, base: 1_000, last: 360, of: 3, after: 0) == 2)
        #expect(rates(1_000, base: 1_000, last: nil, after: 30) == 0)
    }

    @Test func withoutASchedulerItIsTheMeanSinceThere() {
        #expect(rates(1_600, base: 1_000, last: 5_000, after: 600) == 1)
    }

    @Test func whatIsGoneDoesNotMakeItNegative() {
        #expect(rates(10, base: 1_000, last: nil, after: 30) == 0)
    }

    @Test func theRatioIsOfAttempts() {
        var rates = FlowRates()
        #expect(rates.failureRatio == nil)
        (rates.completed, rates.failed) = (3, 1)
        #expect(rates.failureRatio == 0.25)
    }
}

@Suite struct WaitBucketsTests {
    @Test func percentilesAreWithinABucketOfTheExactOnes() {
        var generator = SeededGenerator()
        for _ in 0..<100 {
            let waits = (0..<Int.random(in: 1...500, using: &generator)).map { _ in
                Int64.random(in: 0...Int64.random(in: 1...10_000_000_000, using: &generator), using: &generator)
            }.sorted()
            var (one, other) = (WaitBuckets(), WaitBuckets())
            for (number, wait) in waits.enumerated() {
                if number.isMultiple(of: 3) { one.count(microseconds: wait) } else { other.count(microseconds: wait) }
            }
            one.add(other)
            #expect(one.total == Int64(waits.count))
            for share in [0.01, 0.5, 0.95, 0.99, 1] {
                let place = max(0, Int((Double(waits.count) * share).rounded(.up)) - 1)
                let (exact, told) = (Double(waits[place]) / 1_000_000, one.percentile(share) ?? -1)
                #expect(
                    told <= exact * 1.4143 + 0.001 && told >= exact / 1.4143 - 0.001,
                    "\(share) seed \(generator.seed)"
                )
            }
        }
    }

    @Test func thereIsNoPercentileOfNothing() {
        #expect(WaitBuckets().percentile(0.5) == nil)
    }

    @Test func whateverTheWaitThereIsABucket() {
        var buckets = WaitBuckets()
        for wait in [Int64.min, -1, 0, 999, 1_000, 1_414, 1_415, .max] { buckets.count(microseconds: wait) }
        #expect(buckets.total == 8 && buckets.counts.count == WaitBuckets.most)
        #expect(buckets.counts[0] == 4 && buckets.counts[1] == 2 && buckets.counts[2] == 1)
    }
}
