import Foundation
import TestSupport
import Testing

@testable import JobCore

/// The fast search against the slow one, around the changes of many clocks.
@Suite struct CronDifferentialTests {
    /// The changes of a zone's clock from 1973 to 2100, with some days on which nothing changes.
    private func instantsOfInterest(_ zone: CronZone, using generator: inout SeededGenerator) -> [Int] {
        var changes: [Int] = []
        var instant = 100_000_000
        while let change = zone.period(from: instant)?.end, change < 4_100_000_000 {
            changes.append(change)
            instant = change
        }
        let others = (0..<2).map { _ in Int.random(in: 100_000_000..<4_100_000_000, using: &generator) }
        return changes.shuffled(using: &generator).prefix(4) + others
    }

    @Test(arguments: CronSamples.zones)
    func agreesWithSteppingThroughTime(_ name: String) throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let zone = try CronZone(name)
        for instant in instantsOfInterest(zone, using: &generator) {
            for _ in 0..<2 { try compare(around: instant, in: zone, using: &generator, seed: seed) }
        }
    }

    @Test func agreesAboutTheDayThatApiaSkipped() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let zone = try CronZone("Pacific/Apia")
        for _ in 0..<20 { try compare(around: 1_325_239_200, in: zone, using: &generator, seed: seed) }
    }

    private func compare(
        around instant: Int,
        in zone: CronZone,
        using generator: inout SeededGenerator,
        seed: UInt64
    ) throws {
        let text = CronSamples.expression(using: &generator)
        let slow = SlowCron(text)
        // Seconds make a window dear.
        let span = slow.stepSeconds == 1 ? 2 * 3_600 : 86_400
        let begin = instant / 60 * 60 - Int.random(in: 0...span / 60, using: &generator) * 60
        let schedule = try CronSchedule(text, timeZone: zone.identifier, createdAt: Date(secondsSince1970: begin))
        let fast = schedule.instants(after: Date(secondsSince1970: begin)).lazy.map(\.secondsSince1970)
        #expect(
            Array(fast.prefix { $0 <= begin + span }) == slow.firings(in: zone, after: begin, through: begin + span),
            "\(text) in \(zone.identifier) after \(begin), seed \(seed)"
        )
    }
}
