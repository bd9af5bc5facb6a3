import Formats
import Foundation
import JobCore

/// What `queueflow cron next` prints; as JSON it is what the REST call `GET /schedules/preview` answers.
struct SchedulePreview: Encodable, Equatable {
    /// The instants in UTC, as RFC 3339 text.
    let next: [String]
    /// The expression in English.
    let description: String

    /// Looks ahead.
    ///
    /// - Parameters:
    ///   - from: RFC 3339 text; `now` when it is missing.
    ///   - count: From 1 to `CronSchedule.longestPreview`.
    /// - Throws: `CronError` for what the grammar refuses, `SchedulePreviewError` for the rest.
    init(expression: String, timeZone: String?, from: String?, count: Int, now: Date) throws {
        guard (1...CronSchedule.longestPreview).contains(count) else { throw SchedulePreviewError.count(count) }
        var begin = now
        if let from {
            guard let date = RFC3339.date(from) else { throw SchedulePreviewError.from(from) }
            begin = date
        }
        let schedule = try CronSchedule(expression, timeZone: timeZone, createdAt: begin)
        next = schedule.preview(after: begin, count: count)
        description = schedule.expression.englishDescription
    }

    /// A JSON object in one line.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

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
