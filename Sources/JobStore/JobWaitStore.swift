public import Foundation
public import JobCore
import Postgres

/// Lets job-services tell each other whose ends their clients wait for, and that they came.
public struct JobWaitStore: Sendable {
    /// The channel on which they do; see ``JobWaitNotice``.
    public static let channel = "qf_job_waits"

    private let pool: PostgresPool

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Tells all job-services.
    public func announce(_ notices: [JobWaitNotice]) async throws {
        let texts = notices.flatMap(\.texts)
        guard !texts.isEmpty else { return }
        _ = try await pool.query(Statements.announceJobWaits, texts)
    }
}

/// What is sent on ``JobWaitStore/channel``.
public enum JobWaitNotice: Hashable, Sendable {
    /// A job-service waits for the ends of jobs.
    case awaited([JobID], by: UUID)
    /// Jobs that were waited for have ended.
    case ended([JobID])

    /// PostgreSQL takes less than 8 000 bytes in a notification: these ids have 37 each.
    private static let maxJobs = 200

    /// The texts that say it: a word and, with spaces between them, what it is about.
    public var texts: [String] {
        let (words, jobs) =
            switch self {
            case .awaited(let jobs, let service): ("awaited \(service)", jobs)
            case .ended(let jobs): ("ended", jobs)
            }
        return stride(from: 0, to: jobs.count, by: Self.maxJobs).map { start in
            let part = jobs[start..<min(start + Self.maxJobs, jobs.count)]
            return ([words] + part.map(\.description)).joined(separator: " ")
        }
    }

    /// Reads a text; nil for one that is none of ours.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        switch words.first {
        case "awaited":
            guard words.count > 1, let service = UUID(uuidString: String(words[1])) else { return nil }
            self = .awaited(words.dropFirst(2).compactMap { JobID($0) }, by: service)
        case "ended":
            self = .ended(words.dropFirst().compactMap { JobID($0) })
        default:
            return nil
        }
    }
}
