public import Foundation
public import JobCore

/// A job as it is on record.
public struct Job: Sendable {
    /// Its id.
    public var id: JobID
    /// Whose it is.
    public var tenant: String
    /// Where it waits or waited.
    public var queue: String
    /// Which handler runs it.
    public var type: String
    /// How urgent it is.
    public var priority: Priority
    /// Where it stands.
    public var state: JobState
    /// How often it was claimed.
    public var run: Int
    /// How many attempts were counted.
    public var attempt: Int
    /// How many attempts it has.
    public var maxAttempts: Int
    /// How long one attempt may take, in milliseconds.
    public var timeoutMilliseconds: Int64?
    /// What its submitter calls it.
    public var tags: [String]
    /// Its own retry policy, as JSON.
    public var retry: [UInt8]?
    /// The payload's JSON text.
    public var payload: [UInt8]
    /// When it was stored.
    public var createdAt: Date
    /// When it last became queued.
    public var queuedAt: Date?
    /// When it is due, while it waits.
    public var runAt: Date?
    /// When its last attempt started.
    public var startedAt: Date?
    /// When it ended.
    public var finishedAt: Date?
    /// Who ran it last.
    public var worker: WorkerID?
    /// What went wrong in the last attempt that failed.
    public var error: String?
    /// What the handler returned, as JSON.
    public var result: [UInt8]?
    /// Why it is among the dead letters.
    public var reason: String?
    /// When its cancellation was asked for, while its run goes on.
    public var cancelRequestedAt: Date?
    /// How far its handler said last that it is.
    public var progress: JobProgress?
    /// The job whose handler submitted it.
    public var parent: JobID?
    /// The trace of its submission: its W3C traceparent, and after a blank its tracestate if it has one.
    public var trace: String?
}

/// How far a job's handler said that it is.
public struct JobProgress: Hashable, Sendable {
    /// From 0 to 1.
    public var fraction: Double
    /// What it was at; may be empty.
    public var message: String
    /// In which run: a later one may not have said anything yet.
    public var run: Int
    /// When.
    public var at: Date
}

/// A line that a handler logged with its job.
public struct JobLogLine: Hashable, Sendable {
    /// In which run.
    public var run: Int
    /// Counts the run's lines from 0.
    public var number: Int
    /// When it was written.
    public var at: Date
    /// How serious it is.
    public var level: String
    /// What it says.
    public var message: String
}

/// What is told of a job that changed.
public struct JobSummary: Hashable, Sendable {
    /// Its id.
    public var id: JobID
    /// Whose it is.
    public var tenant: String
    /// Where it waits or waited.
    public var queue: String
    /// Which handler runs it.
    public var type: String
    /// How urgent it is.
    public var priority: Priority
    /// Where it stands.
    public var state: JobState
    /// How often it was claimed.
    public var run: Int
    /// How many attempts were counted.
    public var attempt: Int
    /// What went wrong in the last attempt that failed.
    public var error: String?
    /// Who ran it last.
    public var worker: WorkerID?
    /// How far its handler said last that it is.
    public var progress: JobProgress?
}
