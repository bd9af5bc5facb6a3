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
    /// Whose jobs alone it runs; nil means everybody's.
    public var tenant: String?
    /// The queues it serves; none means all.
    public var queues: [String]
    /// The types that it has handlers for.
    public var types: [String]
}
