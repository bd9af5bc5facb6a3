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
    var firings: [Firing] = []
    /// Answers that say a request is wrong, though none is.
    var wrongRefusals: [String] = []
    /// How many answers to another tenant were looked at, and what they gave away.
    var tenantProbes = 0
    var tenantLeaks: [String] = []
    /// When everything was whole again for good.
    var healed = Date()
}
