/// The control plane's service.
public enum WorkerControl {
    /// The service's full name.
    public static let service = "queueflow.control.v1.WorkerControl"
    /// The method with one bidirectional stream a worker; see `control.proto`.
    public static let session = "Session"
    /// How many runs an exchange may ask for by name, and for nothing else, to pass the large ones in a lane of its own.
    public static let maxUrgent = 32
}

/// How long leases last; the same for all processes.
public enum LeaseTimes {
    /// A worker's lease, from the moment its renewal was sent.
    public static let lease = Duration.seconds(10)
    /// How often a worker renews it.
    public static let heartbeat = Duration.seconds(2)
}
