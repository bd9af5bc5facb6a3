/// A compiled zone file, as a test wants it.
struct ZoneFileSample {
    var version: UInt8 = UInt8(ascii: "2")
    /// What is added to UTC, in seconds; the first one holds before the first change.
    var offsets: [Int] = [0]
    /// Instants, and what holds from each on, by its place in `offsets`.
    var changes: [(begin: Int, type: Int)] = []
    var leapSeconds = 0
    var rule = "UTC0"

    var bytes: [UInt8] {
        guard version != 0 else { return block(timeBytes: 4) }
        var empty = self
        (empty.offsets, empty.changes, empty.leapSeconds) = ([0], [], 0)
        return empty.block(timeBytes: 4) + block(timeBytes: 8) + Array("\n\(rule)\n".utf8)
    }

    private func block(timeBytes: Int) -> [UInt8] {
        var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
        for count in [0, 0, leapSeconds, changes.count, offsets.count, 4] { bytes += Self.integer(count, 4) }
        for change in changes { bytes += Self.integer(change.begin, timeBytes) }
        bytes += changes.map { UInt8($0.type) }
        for offset in offsets { bytes += Self.integer(offset, 4) + [0, 0] }
        bytes += Array("ABC\0".utf8)
        for leap in 0..<leapSeconds { bytes += Self.integer(78_796_800 + leap, timeBytes) + Self.integer(leap + 1, 4) }
        return bytes
    }

    private static func integer(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
