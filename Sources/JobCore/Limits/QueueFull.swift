/// Too many jobs wait in a queue already; nothing was taken. Try again later.
public struct QueueFull: Error, Hashable, CustomStringConvertible {
    /// Which queue.
    public var queue: QueueName
    /// The most jobs that may wait in it.
    public var limit: Int

    /// Says what to do.
    public var description: String {
        "\(limit) jobs wait in queue '\(queue.rawValue)' already; try again later, or let more workers serve it"
    }
}
