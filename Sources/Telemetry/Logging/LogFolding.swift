import Logging

/// A line of the log, before it is written.
struct LogLine: Sendable {
    var label: String
    var level: Logger.Level
    var message: String
    var metadata: Logger.Metadata
}

/// Folds lines that repeat themselves, as they do by the thousand while a server is away: the first of a kind is written at once, those that
/// follow it are counted, and each interval one line says how many there were, with what the last one said. When an interval passes
/// without any, one line says that it is over. So none goes missing without being counted.
///
/// Pure: it is told the time and answers what to write.
struct LogFolding {
    /// How many kinds are told apart at once; lines of further ones are written as they come.
    static let maxKinds = 256

    /// What makes two lines the same trouble.
    struct Kind: Hashable, Sendable {
        var label: String
        var level: Logger.Level
        var message: String
        /// What it is about, and what kind of error it was.
        var subject: String
    }

    private struct Known {
        var since: ContinuousClock.Instant
        var until: ContinuousClock.Instant
        var last: LogLine
        /// How many came, how many of those were told of, and how many were not yet.
        var seen = 1
        var folded = 0
        var pending = 0
    }

    private let interval: Duration
    private var known: [Kind: Known] = [:]

    init(interval: Duration) {
        self.interval = interval
    }

    /// How many lines were counted and are not told of yet.
    var pending: Int { known.values.reduce(0) { $0 + $1.pending } }

    /// When there is something to say next; nil for never.
    var nextDue: ContinuousClock.Instant? { known.values.map(\.until).min() }

    /// A line came.
    ///
    /// - Returns: Whether it is to be written; else it is counted.
    mutating func admits(_ line: LogLine, of kind: Kind, at now: ContinuousClock.Instant) -> Bool {
        guard known[kind] != nil else {
            if known.count < Self.maxKinds { known[kind] = Known(since: now, until: now + interval, last: line) }
            return true
        }
        known[kind]?.last = line
        known[kind]?.seen += 1
        known[kind]?.pending += 1
        return false
    }

    /// What is to be written now of what was folded.
    mutating func due(at now: ContinuousClock.Instant) -> [LogLine] {
        var lines: [LogLine] = []
        for (kind, entry) in known.filter({ $0.value.until <= now }).sorted(by: { $0.value.since < $1.value.since }) {
            if entry.pending > 0 {
                lines.append(summary(of: kind))
                known[kind]?.until = now + interval
            } else {
                known[kind] = nil
                if entry.folded > 0 { lines.append(Self.end(of: kind, entry)) }
            }
        }
        return lines
    }

    /// Everything that was counted and is not told of yet, as the process ends.
    mutating func rest() -> [LogLine] {
        known.filter { $0.value.pending > 0 }.sorted { $0.value.since < $1.value.since }.map { summary(of: $0.key) }
    }

    private mutating func summary(of kind: Kind) -> LogLine {
        guard var entry = known[kind] else { return LogLine(label: "", level: .info, message: "", metadata: [:]) }
        var line = entry.last
        line.metadata["repeated"] = .stringConvertible(entry.pending)
        (entry.folded, entry.pending) = (entry.folded + entry.pending, 0)
        known[kind] = entry
        return line
    }

    private static func end(of kind: Kind, _ entry: Known) -> LogLine {
        LogLine(
            label: kind.label,
            level: .notice,
            message: "a repeated line does not come any more",
            metadata: entry.last.metadata.filter { LogFolding.subjects.contains($0.key) }.merging(
                ["line": "\(kind.message)", "lines": .stringConvertible(entry.seen)]
            ) { $1 }
        )
    }

    /// The metadata that tell which server a line is about.
    static let subjects = ["facility", "broker", "collector"]
}

extension LogFolding.Kind {
    /// The kind of a line; nil when each such line counts: those of jobs, and those that tell of no trouble.
    init?(_ line: LogLine) {
        guard line.level >= .warning || line.metadata["facility"] != nil, line.metadata["job_id"] == nil else {
            return nil
        }
        var parts = LogFolding.subjects.compactMap { line.metadata[$0]?.description }
        if let error = line.metadata["error"]?.description { parts.append(Self.kind(of: error)) }
        self.init(label: line.label, level: line.level, message: line.message, subject: parts.joined(separator: " "))
    }

    /// What errors begin with that differ in detail only: what was being done, and to what, without digits. Looks at scalars: it is asked for
    /// each line that is folded.
    private static func kind(of error: String) -> String {
        var kind = String.UnicodeScalarView()
        for scalar in error.unicodeScalars.prefix(80) {
            switch scalar {
            case ":", "(", "[": return String(kind)
            case "0"..."9": continue
            default: kind.append(scalar)
            }
        }
        return String(kind)
    }
}
