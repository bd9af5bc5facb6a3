import Foundation
import TestSupport
import Testing

@testable import JobCore

@Suite struct CronPropertyTests {
    /// Each instant between one and the firing after it has the same firing after it; so none was passed over.
    @Test func nothingLiesBetween() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_500 {
            let text = CronSamples.expression(using: &generator)
            let zone = try #require(CronSamples.zones.randomElement(using: &generator))
            let begin = Int.random(in: -2_000_000_000..<6_000_000_000, using: &generator)
            let schedule = try CronSchedule(text, timeZone: zone, createdAt: Date(secondsSince1970: begin))
            let next = try #require(schedule.nextSecond(after: begin), "\(text), seed \(seed)")
            #expect(next > begin)
            let between = (0..<5).map { _ in Int.random(in: begin..<next, using: &generator) } + [next - 1]
            for instant in between {
                #expect(
                    schedule.nextSecond(after: instant) == next,
                    "\(text) in \(zone) after \(instant), seed \(seed)"
                )
            }
            #expect(try #require(schedule.nextSecond(after: next)) > next, "\(text) in \(zone), seed \(seed)")
        }
    }

    @Test func theNewestAreTheEndOfAll() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let text = CronSamples.expression(using: &generator)
            let zone = try #require(CronSamples.zones.randomElement(using: &generator))
            let begin = Int.random(in: 0..<4_000_000_000, using: &generator)
            let schedule = try CronSchedule(text, timeZone: zone, createdAt: Date(secondsSince1970: begin))
            let all = schedule.instants(after: Date(secondsSince1970: begin)).prefix(100).map(\.secondsSince1970)
            let end = try #require(all.last)
            let count = Int.random(in: 1...120, using: &generator)
            #expect(
                schedule.newest(count, after: begin, through: end) == all.suffix(count),
                "the newest \(count) of \(text) in \(zone) after \(begin), seed \(seed)"
            )
        }
    }

    /// Arbitrary text is taken or refused, never a trap.
    @Test func anyTextIsReadOrRefused() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "*", "?", "/", "-", ",", " ", " ", "0", "7", "59", "99999999999999999999", "jan", "fri", "@every ", "1h",
            "TZ=", "UTC", "é", ".", "\n",
        ]
        var refused = 0
        for _ in 0..<5_000 {
            let count = Int.random(in: 0...14, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            do throws(CronError) {
                _ = try CronExpression(text)
            } catch {
                refused += 1
                #expect(!error.description.isEmpty)
            }
        }
        #expect(refused > 1_000, "seed \(seed)")
    }

    /// A bound some hundred times above what a debug build needs, so that only a search that steps through time fails it.
    @Test func aThousandInstantsTakeMilliseconds() throws {
        let from = try Stamp.date("2026-01-01T00:00:00Z")
        for text in ["0 0 29 2 *", "* * * * * *", "30 2 * * *", "0 */2 13 * fri", "59 59 23 31 12 *"] {
            let schedule = try CronSchedule(text, timeZone: "America/New_York", createdAt: from)
            let took = ContinuousClock().measure {
                #expect(schedule.instants(after: from).prefix(1_000).reduce(0) { count, _ in count + 1 } == 1_000)
            }
            #expect(took < .seconds(5), "\(text) took \(took)")
        }
    }
}
