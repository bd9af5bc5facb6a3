public import Foundation

/// One run of a job that counted, or counts, as an attempt.
public struct JobAttempt: Hashable, Sendable {
    /// How an attempt ended. There may be more of it one day.
    public struct Outcome: RawRepresentable, Hashable, Sendable, Codable {
        /// Its name in the API.
        public let rawValue: String

        /// An outcome by its name in the API.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// It goes on.
        public static let running = Outcome(rawValue: "running")
        /// Its handler returned.
        public static let completed = Outcome(rawValue: "completed")
        /// It failed, or was lost with its worker.
        public static let failed = Outcome(rawValue: "failed")
        /// It was stopped, as the job was cancelled.
        public static let cancelled = Outcome(rawValue: "cancelled")
    }

    /// The number of the run.
    public let run: Int
    /// Which attempt it was, counted from 1; a retry of a dead job begins again at 1.
    public let attempt: Int
    /// How it ended.
    public let outcome: Outcome
    /// What kind of failure it was, in one word, such as `error`, `timeout` or `lost`; nil when it did not fail.
    public let kind: String?
    /// What went wrong.
    public let error: String?
    /// Who ran it.
    public let workerID: String
    /// When it was claimed.
    public let startedAt: Date
    /// When it ended; nil while it goes on.
    public let endedAt: Date?
}

extension JobAttempt: Decodable {
    private enum CodingKeys: String, CodingKey {
        case run, attempt, outcome, kind, error
        case workerID = "worker_id"
        case startedAt = "started_at"
        case endedAt = "ended_at"
    }
}
