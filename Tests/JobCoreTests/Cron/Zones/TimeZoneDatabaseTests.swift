import Foundation
import Synchronization
import Testing

@testable import JobCore

/// Databases of a folder of their own, on a clock of their own.
@Suite struct TimeZoneDatabaseTests {
    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    private struct Fixture {
        let folder: URL
        let clock = Clock()
        let database: TimeZoneDatabase

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "zoneinfo-\(UUID().uuidString)")
            database = TimeZoneDatabase(directory: folder.path) { [clock] in clock.now }
            try FileManager.default.createDirectory(
                at: folder.appending(path: "Test"),
                withIntermediateDirectories: true
            )
            try write(ZoneFileSample(), as: "UTC")
        }

        func write(_ sample: ZoneFileSample, as name: String) throws {
            try Data(sample.bytes).write(to: folder.appending(path: name), options: .atomic)
        }

        func offset(_ name: String) throws(CronError) -> Int { try database.clock(of: name).period(from: 0).offset }

        func remove() { try? FileManager.default.removeItem(at: folder) }
    }

    private func withFixture(_ body: (Fixture) throws -> Void) throws {
        let fixture = try Fixture()
        defer { fixture.remove() }
        try body(fixture)
    }

    @Test func aNewLawIsHeardOfAMinuteLater() throws {
        try withFixture { fixture in
            try fixture.write(ZoneFileSample(offsets: [-28_800], rule: "PST8"), as: "Test/Vancouver")
            #expect(try fixture.offset("Test/Vancouver") == -28_800)
            try fixture.write(ZoneFileSample(offsets: [-25_200], rule: "MST7"), as: "Test/Vancouver")
            fixture.clock.advance(by: .seconds(59))
            #expect(try fixture.offset("Test/Vancouver") == -28_800)
            fixture.clock.advance(by: .seconds(1))
            #expect(try fixture.offset("Test/Vancouver") == -25_200)
        }
    }

    @Test func aZoneThatWasKnownStaysKnown() throws {
        try withFixture { fixture in
            try fixture.write(ZoneFileSample(offsets: [60], rule: "<+0001>-0:01"), as: "Test/A")
            #expect(try fixture.offset("Test/A") == 60)
            for damage in [nil, Data("TZif2".utf8), Data()] {
                let file = fixture.folder.appending(path: "Test/A")
                try? FileManager.default.removeItem(at: file)
                try damage?.write(to: file)
                fixture.clock.advance(by: .seconds(61))
                #expect(try fixture.offset("Test/A") == 60)
            }
            // What was not known before is told of.
            let other = TimeZoneDatabase(directory: fixture.folder.path)
            #expect(throws: CronError.unknownZone("Test/A")) { try other.clock(of: "Test/A") }
        }
    }

    @Test func whatIsNoZoneIsRefusedAndNotWaitedFor() throws {
        try withFixture { fixture in
            #expect(mkfifo(fixture.folder.appending(path: "Pipe").path, 0o600) == 0)
            try Data(count: 100_000).write(to: fixture.folder.appending(path: "Large"))
            try Data((ZoneFileSample().bytes + [UInt8](repeating: 0, count: 70_000)))
                .write(to: fixture.folder.appending(path: "LargeZone"))
            try Data("# a table".utf8).write(to: fixture.folder.appending(path: "Table"))
            for name in ["Pipe", "Large", "LargeZone", "Table", "Test", "Nothing"] {
                #expect(throws: CronError.unknownZone(name)) { try fixture.database.clock(of: name) }
            }
            try Data("TZif2".utf8).write(to: fixture.folder.appending(path: "Torn"))
            #expect(throws: CronError.unreadableZone("Torn", reason: "it is no compiled zone file")) {
                try fixture.database.clock(of: "Torn")
            }
        }
    }

    /// A name is not a path: files that are there, outside the folder or in its other parts, are not read by it.
    @Test(arguments: [
        "../secret", "Test/../../secret", "./UTC", "Test/./A", "/UTC", "UTC/", "right/UTC", "posix/UTC", "localtime",
        "posixrules", "Factory", "U T C", "UTC\0", "", "-UTC", "A/B/C/D",
    ])
    func noNameLeadsElsewhere(_ name: String) throws {
        try withFixture { fixture in
            let outside = fixture.folder.appending(path: "inner")
            for folder in ["inner/Test", "inner/right", "inner/posix", "inner/A/B/C"] {
                try FileManager.default.createDirectory(
                    at: fixture.folder.appending(path: folder),
                    withIntermediateDirectories: true
                )
            }
            for file in [
                "secret", "inner/UTC", "inner/Test/A", "inner/right/UTC", "inner/posix/UTC", "inner/localtime",
                "inner/posixrules", "inner/Factory", "inner/U T C", "inner/-UTC", "inner/A/B/C/D",
            ] { try fixture.write(ZoneFileSample(), as: file) }
            let database = TimeZoneDatabase(directory: outside.path)
            #expect(try database.clock(of: "Test/A").period(from: 0).offset == 0)
            #expect(throws: CronError.unknownZone(name)) { try database.clock(of: name) }
        }
    }

    @Test func aFolderWithoutZonesIsToldApartFromANameWithoutZone() throws {
        try withFixture { fixture in
            try fixture.database.check()
            try FileManager.default.removeItem(at: fixture.folder.appending(path: "UTC"))
            let missing = CronError.noZoneData(directory: fixture.folder.path)
            #expect(throws: missing) { try fixture.database.check() }
            #expect(throws: missing) { try fixture.database.clock(of: "Europe/Berlin") }
            #expect("\(missing)".contains("install the package tzdata"))
            // UTC is no matter of data.
            #expect(try CronZone("UTC", in: fixture.database).period(from: 0)?.offset == 0)
        }
    }

    @Test func linksAreFollowed() throws {
        try withFixture { fixture in
            try fixture.write(ZoneFileSample(offsets: [3_600], rule: "CET-1"), as: "Test/Real")
            try FileManager.default.createSymbolicLink(
                atPath: fixture.folder.appending(path: "Link").path,
                withDestinationPath: "Test/Real"
            )
            #expect(try fixture.offset("Link") == 3_600)
        }
    }
}
