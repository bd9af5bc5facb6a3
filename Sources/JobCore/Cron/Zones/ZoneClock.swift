/// When a zone's wall clock is set, and to what.
///
/// A search asks for a few stretches of time, so those up to 2100 are kept in a list, about 400 in a zone with daylight saving; what
/// comes later is reckoned from the zone's rule.
struct ZoneClock: Sendable {
    /// The beginning of the first year that is not kept: 2100.
    private static let lastKept = 4_102_444_800

    /// The begins of periods, in seconds since 1970, and their offsets.
    private var begins: [Int]
    private var offsets: [Int]
    /// Where the list says what holds; elsewhere the rule does.
    private var kept: Range<Int> = .min..<(.max)
    private let rule: ZoneRule?

    /// A clock that is never set.
    init(offset: Int) {
        (begins, offsets, rule) = ([.min], [offset], nil)
    }

    /// A clock that is set at some instants, and by a rule after the last of them.
    ///
    /// - Parameters:
    ///   - offset: What holds before the first change, in seconds.
    ///   - changes: The instants, each later than the one before, and what holds from then on.
    ///   - rule: What the clock does afterwards; nil when it is not set any more.
    init(offset: Int, changes: [(begin: Int, offset: Int)], rule: ZoneRule?) {
        (begins, offsets, self.rule) = ([.min], [offset], rule)
        for change in changes { append(change.begin, change.offset) }
        guard let rule else { return }
        if changes.isEmpty {
            // The rule holds for all times; there is no first one from which to keep what it says.
            (begins, offsets) = ([0], [rule.period(from: 0).offset])
            kept = 0..<kept.upperBound
        }
        var end = rule.period(from: changes.last?.begin ?? 0).end
        while end < Self.lastKept {
            append(end, rule.period(from: end).offset)
            end = rule.period(from: end).end
        }
        kept = kept.lowerBound..<end
    }

    private mutating func append(_ begin: Int, _ offset: Int) {
        guard offset != offsets.last else { return }
        begins.append(begin)
        offsets.append(offset)
    }

    /// The offset at an instant, and when it ends. The next period may have the same offset.
    func period(from instant: Int) -> CronZone.Period {
        if let rule, !kept.contains(instant) { return rule.period(from: instant) }
        let following = firstBegin(after: instant)
        return CronZone.Period(
            offset: offsets[following - 1],
            end: following < begins.count ? begins[following] : kept.upperBound
        )
    }

    /// The index of the first begin that is later than an instant, by halving.
    private func firstBegin(after instant: Int) -> Int {
        var (low, high) = (0, begins.count)
        while low < high {
            let middle = (low + high) / 2
            if begins[middle] > instant { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
