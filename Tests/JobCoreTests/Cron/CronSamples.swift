import JobCore
import TestSupport

/// Zones and expressions for random tests.
enum CronSamples {
    /// Every kind of clock: none set, set by an hour, by half an hour and by a whole day, at midnight, for Ramadan; and offsets
    /// that are no whole hours.
    static let zones = [
        "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Kolkata",
        "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo", "America/Havana", "America/St_Johns", "Asia/Tehran",
        "America/Santiago", "Asia/Amman", "Africa/Cairo", "Pacific/Chatham", "Antarctica/Troll", "Europe/Dublin",
    ]

    /// An expression of five or six fields that fires.
    static func expression(using generator: inout SeededGenerator) -> String {
        while true {
            let fields: [(ClosedRange<Int>, Double)] = [
                (0...59, 0.2), (0...23, 0.3), (1...31, 0.6), (1...12, 0.7), (0...7, 0.6),
            ]
            var words = fields.map { field($0.0, starred: $0.1, using: &generator) }
            if Int.random(in: 0..<5, using: &generator) == 0 {
                words.insert(field(0...59, starred: 0.1, using: &generator), at: 0)
            }
            let text = words.joined(separator: " ")
            if (try? CronExpression(text)) != nil { return text }
        }
    }

    private static func field(_ range: ClosedRange<Int>, starred: Double, using generator: inout SeededGenerator)
        -> String
    {
        let choice = Double.random(in: 0..<1, using: &generator)
        if choice < starred { return "*" }
        if choice < starred + 0.1 { return "*/\(Int.random(in: 1...range.upperBound, using: &generator))" }
        let items = (0..<Int.random(in: 1...3, using: &generator)).map { _ in item(range, using: &generator) }
        return items.joined(separator: ",")
    }

    private static func item(_ range: ClosedRange<Int>, using generator: inout SeededGenerator) -> String {
        let first = Int.random(in: range, using: &generator)
        let last = Int.random(in: first...range.upperBound, using: &generator)
        let step = Int.random(in: 1...9, using: &generator)
        return switch Int.random(in: 0..<6, using: &generator) {
        case 0: "\(first)-\(last)"
        case 1: "\(first)-\(last)/\(step)"
        case 2: "\(first)/\(step)"
        default: "\(first)"
        }
    }
}
