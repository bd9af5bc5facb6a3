/// Reads compiled zone files, the format TZif (RFC 9636), versions 1 to 4.
struct TimeZoneFile {
    /// Why a file says nothing about a zone.
    struct Defect: Error, Hashable {
        let reason: String
    }

    /// What each such file begins with.
    static let magic = Array("TZif".utf8)
    /// Clocks are nowhere further from UTC (section 3.2), in seconds.
    private static let offsets = -25 * 3_600 + 1...26 * 3_600 - 1
    private static let headerBytes = 44

    /// How many things of each kind a block has, in the order in which the header counts them.
    private struct Counts {
        let utIndicators, standardIndicators, leaps, times, types, characters: Int

        /// How many bytes the block takes, when times take so many.
        func bytes(timeBytes: Int) -> Int {
            times * (timeBytes + 1) + types * 6 + characters + leaps * (timeBytes + 4) + standardIndicators
                + utIndicators
        }
    }

    private let bytes: [UInt8]

    /// The clock that a file describes.
    ///
    /// - Throws: ``Defect`` when it is no such file, or is not whole.
    static func clock(_ bytes: [UInt8]) throws(Defect) -> ZoneClock {
        try TimeZoneFile(bytes: bytes).clock()
    }

    private func clock() throws(Defect) -> ZoneClock {
        guard bytes.starts(with: Self.magic), bytes.count >= Self.headerBytes else {
            throw Defect(reason: "it is no compiled zone file")
        }
        let first = try counts(at: 0)
        // The first version's times have 32 bits, and end in 2038; later versions repeat them in 64.
        guard bytes[4] != 0 else { return try clock(at: 0, first, timeBytes: 4) }
        return try clock(at: Self.headerBytes + first.bytes(timeBytes: 4), timeBytes: 8)
    }

    private func clock(at start: Int, timeBytes: Int) throws(Defect) -> ZoneClock {
        try clock(at: start, try counts(at: start), timeBytes: timeBytes)
    }

    private func clock(at start: Int, _ counts: Counts, timeBytes: Int) throws(Defect) -> ZoneClock {
        guard counts.leaps == 0 else { throw Defect(reason: "it counts leap seconds") }
        let times = start + Self.headerBytes
        let indexes = times + counts.times * timeBytes
        let types = indexes + counts.times
        let end = times + counts.bytes(timeBytes: timeBytes)
        guard counts.types > 0, end <= bytes.count else { throw Defect(reason: "it is not whole") }

        var offsets: [Int] = []
        for type in 0..<counts.types { offsets.append(try offset(at: types + type * 6)) }
        var changes: [(begin: Int, offset: Int)] = []
        changes.reserveCapacity(counts.times)
        for change in 0..<counts.times {
            let begin = integer(at: times + change * timeBytes, bytes: timeBytes)
            let type = Int(bytes[indexes + change])
            guard type < offsets.count, begin > changes.last?.begin ?? .min else {
                throw Defect(reason: "its changes are not in order")
            }
            changes.append((begin, offsets[type]))
        }
        let rule = timeBytes == 8 ? try rule(at: end) : nil
        if let rule, let last = changes.last, rule.period(from: last.begin).offset != last.offset {
            throw Defect(reason: "its rule contradicts its last change")
        }
        return ZoneClock(offset: offsets[0], changes: changes, rule: rule)
    }

    private func counts(at start: Int) throws(Defect) -> Counts {
        guard start + Self.headerBytes <= bytes.count, bytes[start...].starts(with: Self.magic) else {
            throw Defect(reason: "it is not whole")
        }
        // More of anything than there are bytes is refused here, so that no sum below can overflow.
        var counts: [Int] = []
        for place in 0..<6 {
            let count = integer(at: start + 20 + place * 4, bytes: 4)
            guard (0...bytes.count).contains(count) else { throw Defect(reason: "it is not whole") }
            counts.append(count)
        }
        return Counts(
            utIndicators: counts[0],
            standardIndicators: counts[1],
            leaps: counts[2],
            times: counts[3],
            types: counts[4],
            characters: counts[5]
        )
    }

    private func offset(at start: Int) throws(Defect) -> Int {
        let offset = integer(at: start, bytes: 4)
        guard Self.offsets.contains(offset) else { throw Defect(reason: "its clock is too far from UTC") }
        return offset
    }

    /// What stands between the two line ends after the last block; nil when nothing does.
    private func rule(at start: Int) throws(Defect) -> ZoneRule? {
        let lineEnd = UInt8(ascii: "\n")
        guard start < bytes.count, bytes[start] == lineEnd, let end = bytes[(start + 1)...].firstIndex(of: lineEnd)
        else { throw Defect(reason: "it is not whole") }
        let text = bytes[(start + 1)..<end]
        guard !text.isEmpty else { return nil }
        guard let rule = ZoneRule(text) else { throw Defect(reason: "its rule cannot be read") }
        return rule
    }

    /// A number with its sign, the most significant byte first.
    private func integer(at start: Int, bytes count: Int) -> Int {
        let bits = bytes[start..<start + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return count == 4 ? Int(Int32(truncatingIfNeeded: bits)) : Int(Int64(truncatingIfNeeded: bits))
    }
}
