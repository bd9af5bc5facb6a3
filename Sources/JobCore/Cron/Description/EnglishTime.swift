/// The times of day of a schedule in words.
struct EnglishTime {
    /// So many times of day are listed; more of them are described by their units.
    private static let mostListed = 4

    private let pattern: WallClockPattern

    init(_ pattern: WallClockPattern) {
        self.pattern = pattern
    }

    /// `At 09:30`, `Every 15 minutes`, `At second 30 of every minute of hours 9 through 17`.
    var text: String {
        let (seconds, minutes, hours) = (pattern.seconds.all, pattern.minutes.all, pattern.hours.all)
        if seconds.count * minutes.count * hours.count <= Self.mostListed {
            let times = hours.flatMap { hour in
                minutes.flatMap { minute in seconds.map { time([hour, minute] + (seconds == [0] ? [] : [$0])) } }
            }
            return "At \(EnglishList.join(times))"
        }
        return units
    }

    /// From the finest unit to the coarsest. One that says nothing is left out after one that says `every`.
    private var units: String {
        var units = [
            EnglishUnit("second", pattern.seconds, of: CronField.second.range),
            EnglishUnit("minute", pattern.minutes, of: CronField.minute.range),
            EnglishUnit("hour", pattern.hours, of: CronField.hour.range),
        ]
        if pattern.seconds.all == [0] { units.removeFirst() }
        while units.count > 1, units[units.count - 1].isEvery {
            let finer = units[units.count - 2]
            guard finer.isEvery || finer.step != nil else { break }
            units.removeLast()
        }
        return ([units[0].leading] + units.dropFirst().map(\.following)).joined(separator: " of ")
    }

    private func time(_ parts: [Int]) -> String {
        parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
