import Foundation

/// When a zone's wall clock is set, and to what.
///
/// Foundation needs 5 µs to find a zone's next change, and a search asks a few times. So the changes of the years that
/// schedules live in are kept, about 260 in a zone with daylight saving; for others Foundation is asked.
struct ZoneChanges: Sendable {
    /// What is kept: 1970 to 2099.
    private static let kept = 0..<4_102_444_800

    private let zone: TimeZone
    /// The begins of periods, in seconds since 1970, and their offsets; the first begins with 1970.
    private var begins: [Int] = []
    private var offsets: [Int] = []
    /// The first change after the years that are kept.
    private var nextBegin = Int.max

    init(_ zone: TimeZone) {
        self.zone = zone
        var begin = Self.kept.lowerBound
        while begin < Self.kept.upperBound {
            begins.append(begin)
            offsets.append(Self.offset(of: zone, at: begin))
            begin = Self.change(of: zone, after: begin)
        }
        nextBegin = begin
    }

    /// The offset at an instant, and when it ends.
    func period(from instant: Int) -> CronZone.Period {
        guard Self.kept.contains(instant) else {
            return CronZone.Period(
                offset: Self.offset(of: zone, at: instant),
                end: Self.change(of: zone, after: instant)
            )
        }
        let following = firstBegin(after: instant)
        return CronZone.Period(
            offset: offsets[following - 1],
            end: following < begins.count ? begins[following] : nextBegin
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

    private static func offset(of zone: TimeZone, at instant: Int) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant)))
    }

    private static func change(of zone: TimeZone, after instant: Int) -> Int {
        let change = zone.nextDaylightSavingTimeTransition(after: Date(timeIntervalSince1970: Double(instant)))
        // An answer that is no later would never end.
        guard let seconds = change?.timeIntervalSince1970, seconds > Double(instant), seconds < Double(CronZone.horizon)
        else { return .max }
        return Int(seconds.rounded(.up))
    }
}
