import Foundation
import JobCore

/// The fields `cron` and `timezone`, as bodies and queries have them.
enum CronFields {
    /// Far more than the longest list of a sensible expression; a message repeats what a field holds.
    private static let maxLength = 1_000

    /// Makes of them what they mean.
    ///
    /// - Parameters:
    ///   - createdAt: When `@every` begins to count.
    ///   - refuse: Told each field that is at fault, and why.
    /// - Returns: Nil when one is at fault.
    static func instants(
        cron: String?,
        timeZone: String?,
        createdAt: Date,
        refuse: (_ field: String, _ detail: String) -> Void
    ) -> CronSchedule? {
        guard let cron else {
            refuse("cron", "must be given: a cron expression, such as '30 9 * * mon-fri'")
            return nil
        }
        for (field, text) in [("cron", cron), ("timezone", timeZone ?? "")] where text.utf8.count > maxLength {
            refuse(field, "must not be longer than \(maxLength) characters")
            return nil
        }
        var isValid = true
        func check(_ field: String, _ read: () throws(CronError) -> Void) {
            do {
                try read()
            } catch {
                refuse(field, "\(error)")
                isValid = false
            }
        }
        check("cron") { () throws(CronError) in _ = try CronExpression(cron) }
        if let timeZone { check("timezone") { () throws(CronError) in _ = try CronZone(timeZone) } }
        guard isValid else { return nil }
        do {
            return try CronSchedule(cron, timeZone: timeZone, createdAt: createdAt)
        } catch {
            // Each by itself is valid, so what is wrong is that they do not agree.
            refuse("timezone", "\(error)")
            return nil
        }
    }
}

extension QueryReader {
    /// A cron expression. `+` is a space in it, as in any text, and `%2B` the plus of a zone such as `Etc/GMT+5`.
    ///
    /// Who writes that zone's plus as it is asks for another time: `TZ=Etc/GMT+5 0 2 * * *` would say `5 0 2 * * *` in `Etc/GMT`. So a plus
    /// between the name of such a zone and a digit is refused, but where the rest shows that pluses are spaces: forms escape the equals
    /// sign, too, and write no space as `%20`.
    mutating func cronExpression(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        if let match = value.raw.prefixMatch(
            of: #/(?:\+|%20)*(?:CRON_)?TZ(=|%3D)(?:[A-Za-z_-]|\/|%2F)*(?:GMT|UTC|UCT|Greenwich|Universal|Zulu)\+[0-9]/#
                .ignoresCase()
        ), match.output.1 == "=" || value.raw.contains("%20") {
            refuse(name, "has a '+' after a time zone that may be part of its name or a space; write it as %2B or %20")
            return nil
        }
        return value.text
    }
}
