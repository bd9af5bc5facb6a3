import Foundation

@testable import JobCore

/// Cron as a beginner would write it: sets of numbers, and every minute (or second) of a window looked at one by one.
///
/// Of the code under test it takes only how far the clock is from UTC, which `ZoneJudgeTests` has judged; dates it finds with Foundation.
struct SlowCron {
    private let step: Int
    private let seconds: Set<Int>
    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let daysOfMonth: Set<Int>
    private let months: Set<Int>
    private let daysOfWeek: Set<Int>
    private let hoursFollowElapsedTime: Bool
    private let isAnyDayOfMonth: Bool
    private let isAnyDayOfWeek: Bool

    /// Reads what `CronSamples` makes.
    init(_ text: String) {
        var words = text.split(separator: " ").map(String.init)
        step = words.count == 6 ? 1 : 60
        if words.count == 5 { words.insert("0", at: 0) }
        seconds = Self.values(words[0], 0, 59)
        minutes = Self.values(words[1], 0, 59)
        hours = Self.values(words[2], 0, 23)
        daysOfMonth = Self.values(words[3], 1, 31)
        months = Self.values(words[4], 1, 12)
        daysOfWeek = Self.values(words[5], 0, 6)
        hoursFollowElapsedTime = words[2].hasPrefix("*")
        isAnyDayOfMonth = words[3] == "*" || words[3] == "*/1"
        isAnyDayOfWeek = words[5] == "*" || words[5] == "*/1"
    }

    private static func values(_ field: String, _ low: Int, _ high: Int) -> Set<Int> {
        var values: Set<Int> = []
        for item in field.split(separator: ",") {
            let parts = item.split(separator: "/")
            let step = parts.count == 2 ? Int(parts[1])! : 1
            let bounds = parts[0].split(separator: "-").compactMap { Int($0) }
            var (first, last) = (low, high)
            if let bound = bounds.first {
                let isWeek = high == 6
                first = isWeek && bound == 7 && bounds.count == 1 ? 0 : bound
                last = bounds.count == 2 ? bounds[1] : parts.count == 2 ? high : first
            }
            var value = first
            while value <= last {
                values.insert(high == 6 ? value % 7 : value)
                value += step
            }
        }
        return values
    }

    /// The smallest step of the clock that matters, in seconds.
    var stepSeconds: Int { step }

    /// All firings later than `begin` and not later than `end`, in seconds since 1970.
    func firings(in zone: CronZone, after begin: Int, through end: Int) -> [Int] {
        // The clock from three hours earlier on, so that what it showed before it was set back is known.
        let instants = Array(stride(from: begin - 3 * 3_600, through: end, by: step))
        let walls = instants.map { $0 + (zone.period(from: $0)?.offset ?? 0) }
        var firings: Set<Int> = []
        var shown: Set<Int> = []
        var matchingDays: [Int: Bool] = [:]
        func matches(_ wall: Int) -> Bool {
            let day = Int((Double(wall) / 86_400).rounded(.down))
            let isDay = matchingDays[day] ?? matchesDay(day)
            matchingDays[day] = isDay
            let time = wall - day * 86_400
            return isDay && hours.contains(time / 3_600) && minutes.contains(time / 60 % 60)
                && seconds.contains(time % 60)
        }
        for (index, wall) in walls.enumerated() {
            if hoursFollowElapsedTime {
                if matches(wall) { firings.insert(instants[index]) }
                continue
            }
            // The times that were skipped just now, if any, and the one that the clock shows.
            let skippedFrom = index == 0 ? wall : min(walls[index - 1] + step, wall)
            for reached in stride(from: skippedFrom, through: wall, by: step)
            where shown.insert(reached).inserted && matches(reached) {
                firings.insert(instants[index])
            }
        }
        return firings.filter { $0 > begin }.sorted()
    }

    private func matchesDay(_ day: Int) -> Bool {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let date = calendar.dateComponents(
            [.day, .month, .weekday],
            from: Date(timeIntervalSince1970: Double(day) * 86_400)
        )
        let isDayOfMonth = daysOfMonth.contains(date.day!)
        let isDayOfWeek = daysOfWeek.contains(date.weekday! - 1)
        let isDay: Bool
        if isAnyDayOfMonth {
            isDay = isAnyDayOfWeek || isDayOfWeek
        } else if isAnyDayOfWeek {
            isDay = isDayOfMonth
        } else {
            isDay = isDayOfMonth || isDayOfWeek
        }
        return isDay && months.contains(date.month!)
    }
}
