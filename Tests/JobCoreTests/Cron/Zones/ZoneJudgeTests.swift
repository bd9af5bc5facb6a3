import Foundation
import TestSupport
import Testing

@testable import JobCore

/// All zones of the machine's database, against Python's `zoneinfo`.
@Suite(.timeLimit(.minutes(3)))
struct ZoneJudgeTests {
    private static let samples = 1_000
    /// 1970 to 2100.
    private static let years = 0..<4_102_444_800

    @Test func allZonesAgreeWithAForeignReader() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let names = try Self.names()
        #expect(names.count > 590)
        var numbers: [Int64] = []
        numbers.reserveCapacity(names.count * Self.samples * 6)
        for name in names {
            let zone = try CronZone(name)
            for _ in 0..<Self.samples { Self.sample(zone, using: &generator, into: &numbers) }
        }

        let folder = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (zones, answers) = (folder.appending(path: "zones"), folder.appending(path: "answers"))
        try Data(names.joined(separator: "\n").utf8).write(to: zones)
        try numbers.withUnsafeBytes { try Data($0).write(to: answers) }
        let arguments = [TimeZoneDatabase.system.directory, zones.path, answers.path]
        let (output, code) = try await Python().run("zones_judge.py", arguments)
        #expect(code == 0 && output.hasSuffix("ok\n"), "seed \(seed): \(output)")
    }

    /// The names of all files in the database that are zones.
    private static func names() throws -> [String] {
        let database = TimeZoneDatabase.system
        let files = try #require(FileManager.default.enumerator(atPath: database.directory))
        return files.compactMap { $0 as? String }.filter { (try? database.clock(of: $0)) != nil }.sorted()
    }

    /// An instant and a wall time, by halves anywhere and where the clock is set.
    private static func sample(
        _ zone: CronZone,
        using generator: inout SeededGenerator,
        into numbers: inout [Int64]
    ) {
        var instant = Int.random(in: years, using: &generator)
        var wall = Int.random(in: years, using: &generator)
        if let period = zone.period(from: instant), years.contains(period.end), Bool.random(using: &generator) {
            instant = period.end + Int.random(in: -1...1, using: &generator)
            wall = period.end + period.offset + Int.random(in: -5_400...5_400, using: &generator)
        }
        let when = instants(showing: wall, in: zone)
        let offset = zone.period(from: instant)?.offset ?? .max
        let record = [instant, offset, wall, when.count, when.first ?? 0, when.dropFirst().first ?? 0]
        numbers += record.map(Int64.init)
    }

    /// The instants at which the clock shows a time.
    private static func instants(showing wall: Int, in zone: CronZone) -> [Int] {
        var (start, found) = (wall - 26 * 3_600, [Int]())
        while start < wall + 26 * 3_600, let period = zone.period(from: start) {
            if (start..<period.end).contains(wall - period.offset) { found.append(wall - period.offset) }
            start = period.end
        }
        return found
    }
}
