import NIOCore

/// Something bad that happens to a process, a link or the database, and passes.
struct Fault: Hashable, Sendable, CustomStringConvertible {
    /// To what.
    enum Target: Hashable, Sendable {
        case node(Node)
        case link(Link)
        case rows(LockedRows)
        case database
    }

    /// What happens.
    enum Kind: String, CaseIterable, Hashable, Sendable {
        /// SIGKILL; the process is started again at the end.
        case kill
        /// SIGSTOP, and SIGCONT at the end.
        case freeze
        /// SIGTERM; the process is started again at the end.
        case terminate
        /// A worker is down for a deployment: SIGTERM; it is started again at the end, which may be later than for ``terminate``.
        case leave
        /// One worker more joins; SIGTERM at the end.
        case visit
        /// One worker more joins; SIGKILL at the end.
        case vanish
        /// Connections are reset, and new ones too.
        case cut
        /// Connections stay open, and nothing passes.
        case silence
        /// Everything comes later.
        case slow
        /// Somebody else holds a lock that statements have to wait for.
        case lock
        /// Somebody else's writing transaction stays open, so that nothing that was deleted since can be cleared away.
        case hold
    }

    /// What a lock is taken on.
    enum LockedRows: String, CaseIterable, Hashable, Sendable {
        case dead = "jobs_dead"
        case finished = "jobs_finished"
        case counters = "job_counters"
        case queues = "queues"
        case workers = "workers"
        /// The workers' rows, so that nobody can renew his lease, or end one, while claims go on.
        case leases = "leases"
        /// Some rows only: claims pass over them, outcomes wait for them.
        case someLive = "some of jobs_live"
    }

    var target: Target
    var kind: Kind
    /// When it begins, from the beginning of the run.
    var start: Duration
    /// How long it lasts.
    var duration: Duration

    var end: Duration { start + duration }

    /// Whether the platform should be none the worse for it: nothing of it is away, and no lease depends on it.
    var isMild: Bool {
        switch kind {
        case .leave, .visit, .hold: true
        case .lock: target != .rows(.workers) && target != .rows(.leases)
        default: false
        }
    }

    var description: String {
        let target =
            switch target {
            case .node(let node): "\(node)"
            case .link(let link): "\(link)"
            case .rows(let rows): rows.rawValue
            case .database: "a transaction"
            }
        return "\(kind.rawValue) \(target) for \(duration.inSeconds) s"
    }

    /// What the proxies do.
    var mode: FaultProxy.Mode {
        switch kind {
        case .silence: .silent
        case .slow: .slow(.milliseconds(300))
        default: .cut
        }
    }
}

extension Duration {
    /// Seconds, for people: one digit behind the point.
    var inSeconds: String {
        let tenths = (self / .milliseconds(100)).rounded()
        return "\(Int(tenths) / 10).\(Int(tenths) % 10)"
    }
}
