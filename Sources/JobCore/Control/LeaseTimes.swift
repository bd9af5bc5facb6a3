/// How long leases last; the same for all processes.
public enum LeaseTimes {
    /// A worker's lease, from the moment its renewal was sent.
    public static let lease = Duration.seconds(10)
    /// How often a worker renews it.
    public static let heartbeat = Duration.seconds(2)
}
