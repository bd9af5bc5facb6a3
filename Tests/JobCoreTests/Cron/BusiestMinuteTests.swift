import Foundation
import TestSupport
import Testing

@testable import JobCore

/// How many firings a minute may have at most, by which tenants are bounded.
@Suite struct BusiestMinuteTests {
    @Test(arguments: [
        ("* * * * *", 1), ("0 0 1 1 *", 1), ("* * * * * *", 60), ("*/7 * * * * *", 9), ("5,10-14 0 0 1 1 *", 6),
        ("@every 1s", 60), ("@every 7s", 9), ("@every 59s", 2), ("@every 60s", 1), ("@every 1h", 1), ("@daily", 1),
    ])
    func itIsKnownFromTheExpression(_ cron: String, count: Int) throws {
        #expect(try CronSchedule(cron, createdAt: Date(timeIntervalSince1970: 1_000_000)).mostInMinute == count)
    }

    /// No minute, wherever it begins, has more firings; and some minute has as many, unless a clock is set meanwhile.
    @Test func noMinuteHasMore() throws {
        var generator = SeededGenerator()
        for _ in 0..<60 {
            let seconds = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                String(Int.random(in: 0...59, using: &generator))
            }.joined(separator: ",")
            let every = Int.random(in: 1...150, using: &generator)
            let cron = Bool.random(using: &generator) ? "\(seconds) */2 * * * *" : "@every \(every)s"
            let schedule = try CronSchedule(cron, createdAt: Date(timeIntervalSince1970: 1_700_000_000))
            let begin = Date(timeIntervalSince1970: 1_700_000_000 + Double.random(in: 0...100_000, using: &generator))
            let firings = schedule.instants(after: begin).prefix(300).map(\.timeIntervalSince1970)
            var most = 0
            for (place, first) in firings.enumerated() {
                most = max(most, firings[place...].prefix { $0 < first + 60 }.count)
            }
            #expect(most == schedule.mostInMinute, "\(cron), seed \(generator.seed)")
        }
    }
}
