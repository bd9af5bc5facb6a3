import JobCore

/// What is wrong with the options of `queueflow cron next`.
enum SchedulePreviewError: Error, Hashable, CustomStringConvertible {
    case from(String)
    case count(Int)

    var description: String {
        switch self {
        case .from(let text): "--from is '\(text)'; expected an instant in RFC 3339, such as 2026-01-31T09:00:00Z"
        case .count(let count): "--count is \(count); expected 1 to \(CronSchedule.longestPreview)"
        }
    }
}
