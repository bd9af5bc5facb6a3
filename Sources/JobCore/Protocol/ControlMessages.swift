/// What both ends of a session say, checked: nothing that comes from the wire is believed.

extension ControlPriority {
    package init(_ priority: Priority) {
        self =
            switch priority {
            case .critical: .critical
            case .high: .high
            case .normal: .normal
            case .low: .low
            }
    }

    /// The priority; nil for a number that means none.
    package var priority: Priority? {
        switch self {
        case .critical: .critical
        case .high: .high
        case .normal: .normal
        case .low: .low
        case .unspecified, .UNRECOGNIZED: nil
        }
    }
}

extension ControlBacklog {
    package init(_ backlog: Backlog) {
        self.init()
        tenant = backlog.tenant.rawValue
        queue = backlog.queue.rawValue
        priority = ControlPriority(backlog.priority)
        type = backlog.type.rawValue
    }
}

extension Backlog {
    /// Reads a backlog; nil when a name or the priority is not valid.
    package init?(_ message: ControlBacklog) {
        guard let tenant = try? TenantName(message.tenant), let queue = try? QueueName(message.queue),
            let priority = message.priority.priority, let type = try? JobType(message.type)
        else { return nil }
        self.init(tenant: tenant, queue: queue, priority: priority, type: type)
    }
}

extension ControlHint {
    package init(_ hint: BacklogHint) {
        self.init()
        backlog = ControlBacklog(hint.backlog)
        since = hint.since
    }
}

extension ControlRun {
    package init(_ key: RunKey) {
        self.init()
        jobID = key.job.bytes
        run = UInt32(clamping: key.run)
    }
}

extension RunKey {
    /// Reads a run; nil when it cannot be one.
    package init?(_ message: ControlRun) {
        guard let job = JobID(bytes: message.jobID), (1...UInt32(Int32.max)).contains(message.run) else { return nil }
        self.init(job: job, run: Int(message.run))
    }
}
