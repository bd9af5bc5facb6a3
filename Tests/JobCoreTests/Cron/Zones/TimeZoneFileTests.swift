import TestSupport
import Testing

@testable import JobCore

@Suite struct TimeZoneFileTests {
    private func defect(_ bytes: [UInt8]) -> String? {
        do throws(TimeZoneFile.Defect) {
            _ = try TimeZoneFile.clock(bytes)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test(arguments: [0, UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "4")])
    func allVersionsAreRead(_ version: UInt8) throws {
        let sample = ZoneFileSample(
            version: version,
            offsets: [600, 3_600, 7_200],
            changes: [(1_000, 1), (2_000, 2)],
            rule: "ABC-2"
        )
        let clock = try TimeZoneFile.clock(sample.bytes)
        #expect(clock.period(from: -5) == CronZone.Period(offset: 600, end: 1_000))
        #expect(clock.period(from: 1_000) == CronZone.Period(offset: 3_600, end: 2_000))
        #expect(clock.period(from: 2_000).offset == 7_200)
        #expect(clock.period(from: 250_000_000_000) == CronZone.Period(offset: 7_200, end: .max))
    }

    @Test func timesBefore1901AndAfter2038AreRead() throws {
        let sample = ZoneFileSample(offsets: [0, 60], changes: [(-1 << 40, 1), (1 << 40, 0)], rule: "")
        let clock = try TimeZoneFile.clock(sample.bytes)
        #expect(clock.period(from: -1 << 40) == CronZone.Period(offset: 60, end: 1 << 40))
        #expect(clock.period(from: 1 << 40) == CronZone.Period(offset: 0, end: .max))
    }

    /// A file may hold nothing but a rule, which is then good for all times.
    @Test func aRuleAloneHoldsForAllTimes() throws {
        let rule = "EST5EDT,M3.2.0,M11.1.0"
        let clock = try TimeZoneFile.clock(ZoneFileSample(offsets: [-18_000], rule: rule).bytes)
        // In 1900, 2012 and 2150.
        for (begin, end) in [
            (-2_203_002_000, -2_182_442_400), (1_331_449_200, 1_352_008_800), (5_686_009_200, 5_706_568_800),
        ] {
            #expect(clock.period(from: begin - 1).offset == -18_000)
            #expect(clock.period(from: begin) == CronZone.Period(offset: -14_400, end: end))
            #expect(clock.period(from: end).offset == -18_000)
        }
    }

    @Test func whatIsNoZoneFileIsRefusedWithTheReason() {
        #expect(defect(Array("# a table\n".utf8)) == "it is no compiled zone file")
        #expect(defect(ZoneFileSample(leapSeconds: 1).bytes) == "it counts leap seconds")
        #expect(defect(ZoneFileSample(offsets: []).bytes) == "it is not whole")
        #expect(defect(ZoneFileSample(offsets: [93_600]).bytes) == "its clock is too far from UTC")
        #expect(defect(ZoneFileSample(changes: [(5, 1)]).bytes) == "its changes are not in order")
        #expect(defect(ZoneFileSample(changes: [(5, 0), (5, 0)]).bytes) == "its changes are not in order")
        #expect(defect(ZoneFileSample(rule: "EST5EDT").bytes) == "its rule cannot be read")
        #expect(
            defect(ZoneFileSample(offsets: [0, 60], changes: [(5, 1)], rule: "UTC0").bytes)
                == "its rule contradicts its last change"
        )
    }

    @Test func everyBeginningOfAFileIsRefused() {
        let bytes = ZoneFileSample(offsets: [0, 3_600], changes: [(5, 1)], rule: "CET-1CEST,M3.5.0,M10.5.0/3").bytes
        #expect(defect(bytes) == nil)
        for count in 0..<bytes.count { #expect(defect(Array(bytes[..<count])) != nil) }
    }

    /// Files with a few bytes changed are read or refused, and nothing else; what was read answers.
    @Test func damagedFilesAreNoTrap() {
        let seed = UInt64.random(in: 0 ... .max)
        print("damagedFilesAreNoTrap: seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let whole = ZoneFileSample(
            offsets: [0, 3_600, 7_200],
            changes: [(5, 1), (100_000_000, 2), (200_000_000, 1)],
            rule: "CET-1CEST,M3.5.0,M10.5.0/3"
        ).bytes
        for _ in 0..<5_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 4..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let clock = try? TimeZoneFile.clock(bytes) else { continue }
            for instant in [-1 << 40, 0, 150_000_000, 1 << 33] { #expect(clock.period(from: instant).end > instant) }
        }
    }
}

@Suite struct ZoneRuleTests {
    /// Instants at which the clock is set, the first two of them after an instant, and the offsets before, between and after.
    @Test(arguments: [
        // New York, 2026.
        ("EST5EDT,M3.2.0,M11.1.0", 1_767_225_600, [1_772_953_200, 1_793_512_800], [-18_000, -14_400, -18_000]),
        // Lord Howe: half an hour, and summer at the year's turn.
        (
            "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 1_767_225_600, [1_775_314_800, 1_791_041_400],
            [39_600, 37_800, 39_600]
        ),
        // Dublin: what is saved is saved in winter.
        ("IST-1GMT0,M10.5.0,M3.5.0/1", 1_767_225_600, [1_774_746_000, 1_792_890_000], [0, 3_600, 0]),
        // Nuuk: set before midnight begins the day that the rule names.
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1_767_225_600, [1_774_746_000, 1_792_890_000], [-7_200, -3_600, -7_200]),
        // Gaza: two days and two hours after a Thursday begins.
        ("EET-2EEST,M3.4.4/50,M10.4.4/50", 1_767_225_600, [1_774_656_000, 1_792_796_400], [7_200, 10_800, 7_200]),
        // Days of the year, with and without the leap day: March 1 of 2028, and the day after day 300.
        ("AAA0BBB,J60/0,300/0", 1_830_297_600, [1_835_481_600, 1_856_214_000], [0, 3_600, 0]),
    ])
    func rulesOfAllKindsAreReckoned(_ text: String, after: Int, changes: [Int], offsets: [Int]) throws {
        let rule = try #require(ZoneRule(text.utf8))
        let first = rule.period(from: after)
        let second = rule.period(from: first.end)
        #expect([first.end, second.end] == changes)
        #expect([first.offset, second.offset, rule.period(from: second.end).offset] == offsets)
    }

    @Test func savingMayAlwaysHold() throws {
        let rule = try #require(ZoneRule("XXX3EDT4,0/0,J365/23".utf8))
        var instant = 1_767_225_600 - 86_400
        while instant < 1_900_000_000 {
            #expect(rule.period(from: instant).offset == -14_400)
            instant = rule.period(from: instant).end
        }
    }

    @Test func aClockWithoutSavingIsNeverSet() throws {
        let rule = try #require(ZoneRule("<-05>5".utf8))
        #expect(rule.period(from: 0) == CronZone.Period(offset: -18_000, end: .max))
    }

    @Test(arguments: [
        "", "A", "AB5", "UTC", "<>5", "<UTC5", "UTC25", "UTC1:60", "UTC1:2:60", "UTC+-1", "EST5EDT", "EST5EDT,",
        "EST5EDT,M3.2.0",
        "EST5EDT,M3.2.0,", "EST5EDT,M3.2.0,M11.1.0,", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0",
        "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J5", "EST5EDT,J366,J5", "EST5EDT,366,5", "EST5EDT,M3.2.0/168,M11.1.0",
        "EST5EDT,M3.2.0 ,M11.1.0", "UTC0\u{0}", "UTC99999999999999999999",
    ])
    func otherTextIsNoRule(_ text: String) {
        #expect(ZoneRule(text.utf8) == nil)
    }
}
