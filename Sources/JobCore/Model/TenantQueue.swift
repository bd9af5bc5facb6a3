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
