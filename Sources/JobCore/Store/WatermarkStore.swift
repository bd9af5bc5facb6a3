import Foundation
public import Postgres

/// Keeps how far each partition has been consumed, and finds the jobs whose record was lost.
public struct WatermarkStore: Sendable {
    private let pool: PostgresPool

    /// A store on a pool of connections.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// Raises watermarks to what workers report.
    public func raise(_ watermarks: [Watermark]) async throws {
        _ = try await pool.query(
            Statements.raiseWatermarks,
            watermarks.map(\.topic.tenant.rawValue),
            watermarks.map(\.topic.queue.rawValue),
            watermarks.map(\.topic.priority.rawValue),
            watermarks.map(\.partition),
            watermarks.map(\.queuedAt),
            watermarks.map { $0.age?.wholeMilliseconds }
        )
    }

    /// Queues anew the jobs that are queued since before their topic's lowest watermark less the slack: they have no
    /// record left anywhere.
    ///
    /// - Returns: What is to be published.
    public func requeueUnannounced(slack: Duration, limit: Int) async throws -> [JobAnnouncement] {
        try await pool.query(
            Statements.requeueUnannouncedJobs,
            slack.wholeMilliseconds,
            Int32(limit),
            Int32(JobAnnouncement.maxInlinePayloadBytes)
        ).map(JobAnnouncement.init(row:))
    }
}
