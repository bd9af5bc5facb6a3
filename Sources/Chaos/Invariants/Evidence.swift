import Foundation

/// All that is known of a run once it is over: what clients, handlers, the database and the attacker saw.
struct Evidence: Sendable {
    /// A row of a job. A job that is in two tables has two.
    struct Record: Hashable, Sendable {
        var id: String
        var state: String
        var run: Int
        var worker: String?
        var mark: String?
        var finished: Date?
        var backlog = Backlog()
        /// When it was queued last, and given to a worker last.
        var queued: Date?
        var started: Date?
        /// Why it is dead, if it is, and how many attempts it had.
        var reason: String?
        var attempts = 1
        var maxAttempts = 1
    }

    /// Where a job waited.
    struct Backlog: Hashable, Sendable {
        var tenant = ChaosQueue.Tenant.default.rawValue
        var queue = "one"
        var priority = "normal"
        var type = LedgerHandler.work
    }

    /// A row of an attempt that did not succeed.
    struct Attempt: Hashable, Sendable {
        var job: String
        var run: Int
        var worker: String
        var kind: String
        var ended: Date
    }

    /// A fault that really happened.
    struct Blow: Hashable, Sendable {
        var fault: Fault
        var began: Date
        var ended: Date
    }

    /// A queue that was paused.
    struct Pause: Hashable, Sendable {
        var queue: ChaosQueue
        /// When that was asked for, and when it was answered, if ever.
        var asked: Date
        var held: Date?
        /// When it was asked to be resumed, and when that was answered.
        var resuming: Date
        var resumed: Date
    }

    /// A firing of a schedule, and how many jobs it made.
    struct Firing: Hashable, Sendable {
        var schedule: String
        var instant: Date
        var jobs: Int
    }

    var accepted: [AcceptedJob] = []
    var ledger: [LedgerEntry] = []
    var records: [Record] = []
    var attempts: [Attempt] = []
    var blows: [Blow] = []
    var pauses: [Pause] = []
    var firings: [Firing] = []
    /// Answers that say a request is wrong, though none is.
    var wrongRefusals: [String] = []
    /// How many answers to another tenant were looked at, and what they gave away.
    var tenantProbes = 0
    var tenantLeaks: [String] = []
    /// When everything was whole again for good.
    var healed = Date()
}
