/// What waits in one queue, of one priority and one type: the unit in which jobs are pulled.
public struct Backlog: Hashable, Sendable {
    /// Whose jobs.
    public var tenant: TenantName
    /// In which queue.
    public var queue: QueueName
    /// How urgent.
    public var priority: Priority
    /// Which handler runs them.
    public var type: JobType

    /// A backlog of jobs of one kind.
    public init(tenant: TenantName, queue: QueueName, priority: Priority, type: JobType) {
        self.tenant = tenant
        self.queue = queue
        self.priority = priority
        self.type = type
    }

    /// The queue it is in.
    public var tenantQueue: TenantQueue { TenantQueue(tenant: tenant, queue: queue) }
}

/// One tenant's queue.
public struct TenantQueue: Hashable, Sendable {
    /// Whose it is.
    public var tenant: TenantName
    /// Its name.
    public var queue: QueueName

    /// A tenant's queue.
    public init(tenant: TenantName, queue: QueueName) {
        self.tenant = tenant
        self.queue = queue
    }
}

/// That a backlog has jobs.
public struct BacklogHint: Hashable, Sendable {
    /// Which.
    public var backlog: Backlog
    /// No job of it that is meant was queued before, in microseconds since 1970 by the database's clock.
    public var since: Int64

    /// A hint about a backlog.
    public init(_ backlog: Backlog, since: Int64) {
        self.backlog = backlog
        self.since = since
    }
}

/// Which jobs a worker may be given.
public struct WorkerScope: Hashable, Sendable {
    /// Whose alone; nil means everybody's.
    public var tenant: TenantName?
    /// From which queues alone; none means all.
    public var queues: Set<QueueName>
    /// Of which types: those that it has handlers for.
    public var types: Set<JobType>

    /// A scope.
    public init(tenant: TenantName?, queues: Set<QueueName>, types: Set<JobType>) {
        self.tenant = tenant
        self.queues = queues
        self.types = types
    }

    /// Whether a backlog's jobs are in it.
    public func contains(_ backlog: Backlog) -> Bool {
        contains(backlog.tenantQueue) && types.contains(backlog.type)
    }

    /// Whether jobs of a queue may be in it.
    public func contains(_ queue: TenantQueue) -> Bool {
        tenant.map { $0 == queue.tenant } ?? true && (queues.isEmpty || queues.contains(queue.queue))
    }
    /// How many bytes the names have.
    public var nameBytes: Int {
        queues.reduce(0) { $0 + $1.rawValue.utf8.count } + types.reduce(0) { $0 + $1.rawValue.utf8.count }
    }
}
