public import Foundation
import Postgres

/// What stands in the way of a job that waits.
public struct JobObstacles: Sendable {
    /// How many of the jobs before it are counted.
    public static let maxAhead = 1_000

    /// Whether its queue is paused.
    public var isPaused: Bool
    /// Whether its tenant is active; others are given nothing.
    public var isTenantActive: Bool
    /// How many live workers serve its tenant and queue.
    public var serving: Int
    /// How many of them have a handler for its type.
    public var handling: Int
    /// How many places these have.
    public var slots: Int
    /// How many of the places were taken at the workers' last heartbeats.
    public var running: Int
    /// How many jobs of its type these run at once; nil when one of them runs as many as it has places.
    public var typeLimit: Int?
    /// How many jobs of its type run, in the whole installation.
    public var runningOfType: Int
    /// Since when no worker has had a handler for its type, as the schedulers noted; nil when they did not.
    public var unhandledSince: Date?
    /// What runs, in the installation or of the tenant that may see it: the five types of which most do.
    public var runningTypes: [(type: String, count: Int)]
    /// How many jobs of other tenants run, when those are not told apart.
    public var runningOfOthers: Int
    /// How many older jobs of its queue, priority and type are queued; nil when it is not queued itself.
    public var ahead: Int?
    /// Whether there are no more.
    public var isAheadExact = true
}

extension JobObstacles {
    /// Reads a row of `explain_job.sql`.
    init(row: PostgresRow) throws {
        isPaused = try row.decode("paused", as: Bool.self)
        isTenantActive = try row.decode("tenant_state", as: String.self) == "active"
        serving = Int(try row.decode("serving", as: Int64.self))
        handling = Int(try row.decode("handling", as: Int64.self))
        slots = Int(try row.decode("slots", as: Int64.self))
        running = Int(try row.decode("running", as: Int64.self))
        typeLimit = try row.decode("type_limit", as: Int64?.self).map(Int.init)
        runningOfType = Int(try row.decode("running_of_type", as: Int64.self))
        unhandledSince = try row.decode("unhandled_since", as: Date?.self)
        let types = try row.decode("running_types", as: [String?]?.self) ?? []
        let counts = try row.decode("running_counts", as: [Int64]?.self) ?? []
        let told = zip(types, counts).map { (type: $0, count: Int($1)) }
        runningTypes = told.compactMap { entry in entry.type.map { ($0, entry.count) } }
        runningOfOthers = told.first { $0.type == nil }?.count ?? 0
    }
}
