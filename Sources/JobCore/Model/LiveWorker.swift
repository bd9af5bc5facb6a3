public import Foundation

/// A worker whose lease has not run out.
public struct LiveWorker: Hashable, Sendable {
    /// Its id.
    public var id: WorkerID
    /// Its name, for people.
    public var name: String
    /// How many jobs it runs at once.
    public var slots: Int
    /// How many it ran at its last heartbeat.
    public var running: Int
    /// When it opened its first session.
    public var startedAt: Date
    /// When its lease runs out unless it is renewed.
    public var leaseUntil: Date
}
