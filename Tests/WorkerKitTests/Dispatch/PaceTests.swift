import Testing

@testable import QueueFlowWorker

/// How many grants are to wait, for jobs that end so often and an exchange that takes so long.
struct PaceTests {
    /// The pace after some seconds of that.
    private func pace(
        _ rate: Int,
        roundTrip: Duration,
        heartbeat: Duration? = nil,
        for time: Duration = .seconds(3),
        from start: ContinuousClock.Instant = .now
    ) -> Pace {
        var pace = Pace()
        var now = start
        var ended = 0
        while now < start + time {
            now += .milliseconds(1)
            let due = Int(start.duration(to: now) / .milliseconds(1) * Double(rate) / 1_000)
            while ended < due {
                pace.finished(at: now)
                ended += 1
            }
            pace.answered(after: roundTrip)
            if let heartbeat { pace.heard(after: heartbeat) }
            pace.advance(to: now)
        }
        return pace
    }

    /// 64 slots of jobs that take 10 s.
    @Test func nothingWaitsForSlotsOfLongJobs() {
        #expect(pace(6, roundTrip: .milliseconds(5)).ahead == 0)
        #expect(pace(60, roundTrip: .milliseconds(5)).ahead <= 1)
    }

    @Test(arguments: [(5_000, 10), (10_000, 20), (1_000, 100)])
    func asManyWaitAsEndDuringTwoRoundTrips(rate: Int, milliseconds: Int) {
        let ahead = pace(rate, roundTrip: .milliseconds(milliseconds), for: .seconds(1)).ahead
        let meant = rate * milliseconds * 2 / 1_000
        #expect((meant * 8 / 10...meant * 12 / 10).contains(ahead), "\(ahead) for \(meant)")
    }

    /// More grants would not make a busy database quicker, but the line longer.
    @Test(arguments: [(80, 2, 14), (80, 200, 80), (10, 2, 10), (300, 50, 62)])
    func anExchangeThatWaitsInLineCountsForWhatItWouldTakeByItself(took: Int, heartbeat: Int, counted: Int) {
        let (took, heartbeat) = (Duration.milliseconds(took), Duration.milliseconds(heartbeat))
        let ahead = pace(5_000, roundTrip: took, heartbeat: heartbeat, for: .seconds(1)).ahead
        let meant = 5_000 * counted * 2 / 1_000
        #expect((meant * 8 / 10...meant * 12 / 10).contains(ahead), "\(ahead) for \(meant)")
    }

    @Test func itEndsWithTheRunsAndAfterAPause() {
        let start = ContinuousClock.now
        var pace = pace(5_000, roundTrip: .milliseconds(10), for: .seconds(1), from: start)
        #expect(pace.ahead > 50)
        for step in 1...12 { pace.advance(to: start + .seconds(1) + .milliseconds(50 * step)) }
        #expect(pace.ahead == 0)
        var slept = self.pace(5_000, roundTrip: .milliseconds(10), for: .seconds(1), from: start)
        slept.advance(to: start + .seconds(100_000_000))
        #expect(slept.ahead == 0)
    }

    @Test func anAnswerThatTookMinutesCountsAsOneOfASecond() {
        let ahead = pace(100, roundTrip: .seconds(300), for: .seconds(1)).ahead
        #expect((160...240).contains(ahead))
    }
}
