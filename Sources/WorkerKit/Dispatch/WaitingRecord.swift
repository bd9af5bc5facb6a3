import Foundation
import JobCore

/// A record that waits for a slot.
struct WaitingRecord: Sendable {
    var job: JobID
    var run: Int
    var type: String
    var topic: Topic
    var payload: Data?
    var trace: String
    /// When the job became queued, by the database's clock.
    var queuedAt: Date
    var source: RecordSource
}

extension WaitingRecord {
    /// What it weighs in a buffer, in bytes, about.
    var size: Int { 256 + (payload?.count ?? 0) }
}
