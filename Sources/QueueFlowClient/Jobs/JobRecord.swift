import Formats
public import Foundation
public import QueueFlowJobs

/// A job as it is on record.
public struct JobRecord: Sendable, Identifiable {
    /// Its id.
    public let id: String
    /// Where it stands.
    public let state: JobState
    /// Which handler runs it.
    public let type: String
    /// Where it waits.
    public let queue: String
    /// Whose it is.
    public let tenant: String
    /// How urgent it is.
    public let priority: JobPriority
    /// How many attempts were counted.
    public let attempt: Int
    /// How many it has.
    public let maxAttempts: Int
    /// How often it was claimed.
    public let run: Int
    /// What it can be found by.
    public let tags: [String]
    /// When it was taken.
    public let createdAt: Date
    /// When it is due, if that is not at once.
    public let dueAt: Date?
    /// Since when it may run.
    public let queuedAt: Date?
    /// When its last run began.
    public let startedAt: Date?
    /// When it ended.
    public let finishedAt: Date?
    /// Who ran it last.
    public let workerID: String?
    /// What went wrong in the last attempt that failed.
    public let error: String?
    /// Why it is among the dead letters.
    public let reason: String?
    /// When it was asked to be cancelled.
    public let cancelRequestedAt: Date?
    /// Whether it waits as no worker has a handler for its type; nil when that was not looked for.
    public let isUnhandled: Bool?
    /// The job whose handler submitted it.
    public let parentID: String?
    /// The trace that its submission belongs to, as 32 hexadecimal digits; nil when it belongs to none.
    public let traceID: String?
    /// How far its handler said last that it is; nil when it said nothing.
    public let progress: JobProgress?
    /// Its payload: JSON, as it is stored, to the byte.
    public let payload: Data
    /// What its handler returned: JSON, as it is stored; nil when there is none.
    public let result: Data?
    private let codec: (any PayloadCodec)?

    /// Its payload as a value, read with the client's codec if it has one.
    ///
    /// - Throws: `DecodingError`; what the codec throws.
    public func payload<Value: Decodable>(as type: Value.Type) throws -> Value {
        try JobCoding.decode(type, from: decoded(payload, .payload))
    }

    /// What its handler returned as a value, read with the client's codec if it has one. No result is `null`.
    ///
    /// - Throws: `DecodingError`; what the codec throws.
    public func result<Value: Decodable>(as type: Value.Type) throws -> Value {
        try JobCoding.decode(type, from: result.map { try decoded($0, .result) } ?? Data("null".utf8))
    }

    private func decoded(_ json: Data, _ part: CodedContent.Part) throws -> Data {
        try codec?.decode(json, CodedContent(type: type, part: part)) ?? json
    }

    /// How deep an answer may be nested: as deep as `JSONDecoder` goes, and deeper than the API lets payloads be.
    static let depthLimit = 512

    /// Reads an answer.
    init(json: Data, codec: (any PayloadCodec)?) throws {
        self.codec = codec
        // Cut out as they are, to the byte: no number is read and written again on its way.
        let members = try JSONObjectSlice(parsing: Array(json), depthLimit: JobRecord.depthLimit)
        let plain = try JobCoding.decode(Plain.self, from: json)
        id = plain.id
        state = plain.state
        type = plain.type
        queue = plain.queue
        tenant = plain.tenant
        priority = plain.priority
        attempt = plain.attempt
        maxAttempts = plain.maxAttempts
        run = plain.run
        tags = plain.tags
        createdAt = plain.createdAt
        dueAt = plain.executeAt
        queuedAt = plain.queuedAt
        startedAt = plain.startedAt
        finishedAt = plain.finishedAt
        workerID = plain.workerID
        error = plain.error
        reason = plain.reason
        cancelRequestedAt = plain.cancelRequestedAt
        isUnhandled = plain.unhandled
        progress = plain.progress
        parentID = plain.parentID
        traceID = plain.traceID
        payload = members["payload"].map { Data($0.rawBytes) } ?? Data("null".utf8)
        result = members["result"].flatMap { $0.isNull ? nil : Data($0.rawBytes) }
    }

    private struct Plain: Decodable {
        var id: String
        var state: JobState
        var type: String
        var queue: String
        var tenant: String
        var priority: JobPriority
        var attempt: Int
        var maxAttempts: Int
        var run: Int
        var tags: [String]
        var createdAt: Date
        var executeAt: Date?
        var queuedAt: Date?
        var startedAt: Date?
        var finishedAt: Date?
        var workerID: String?
        var error: String?
        var reason: String?
        var cancelRequestedAt: Date?
        var unhandled: Bool?
        var progress: JobProgress?
        var parentID: String?
        var traceID: String?

        private enum CodingKeys: String, CodingKey {
            case id, state, type, queue, tenant, priority, attempt, run, tags, error, reason, unhandled, progress
            case maxAttempts = "max_attempts"
            case createdAt = "created_at"
            case executeAt = "execute_at"
            case queuedAt = "queued_at"
            case startedAt = "started_at"
            case finishedAt = "finished_at"
            case workerID = "worker_id"
            case cancelRequestedAt = "cancel_requested_at"
            case parentID = "parent_id"
            case traceID = "trace_id"
        }
    }
}

/// How far a job's handler said that it is.
public struct JobProgress: Hashable, Sendable, Codable {
    /// From 0 to 1.
    public let fraction: Double
    /// What it was at; may be empty.
    public let message: String
    /// In which run: a later one may not have said anything yet.
    public let run: Int
    /// When.
    public let at: Date
}

/// A line that a job's handler logged with it.
public struct JobLogLine: Hashable, Sendable, Codable {
    /// In which run.
    public let run: Int
    /// Counts the run's lines from 0. Of a run that logged many the first are gone.
    public let number: Int
    /// When it was written.
    public let at: Date
    /// How serious it is, from `trace` to `critical`.
    public let level: String
    /// What it says.
    public let message: String
}

/// Where a job stands.
public struct JobState: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    /// Its name in the API.
    public let rawValue: String

    /// A state by its name in the API.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// It waits for its time.
    public static let scheduled = JobState(rawValue: "scheduled")
    /// It may run.
    public static let queued = JobState(rawValue: "queued")
    /// A worker runs it.
    public static let running = JobState(rawValue: "running")
    /// It failed and waits for its next attempt.
    public static let retrying = JobState(rawValue: "retrying")
    /// It succeeded.
    public static let completed = JobState(rawValue: "completed")
    /// It failed for good and is among the dead letters.
    public static let dead = JobState(rawValue: "dead")
    /// It was cancelled.
    public static let cancelled = JobState(rawValue: "cancelled")

    /// Whether nothing more will happen to it by itself.
    public var hasEnded: Bool { [.completed, .dead, .cancelled].contains(self) }

    /// Its name.
    public var description: String { rawValue }
}
