/// Where a page of queues ends: they are listed by tenant and name.
public struct QueueCursor: Hashable, Sendable, CustomStringConvertible {
    /// The last queue on the page.
    public var queue: TenantQueue

    /// The cursor after a queue.
    public init(after queue: TenantQueue) {
        self.queue = queue
    }

    /// Reads a cursor's text; nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let tenant = try? TenantName(String(parts[0])),
            let name = try? QueueName(String(parts[1]))
        else { return nil }
        queue = TenantQueue(tenant: tenant, queue: name)
    }

    /// Tenant and name; neither can have the slash between them.
    public var description: String { "\(queue.tenant)/\(queue.queue)" }
}
