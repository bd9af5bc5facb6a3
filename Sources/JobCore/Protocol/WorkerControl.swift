/// The control plane's service.
public enum WorkerControl {
    /// The service's full name.
    public static let service = "queueflow.control.v1.WorkerControl"
    /// The method with one bidirectional stream a worker; see `control.proto`.
    public static let session = "Session"
    /// How many runs an exchange may ask for by name, and for nothing else, to pass the large ones in a lane of its own.
    public static let maxUrgent = 32
}

/// What is said of jobs that a handler submits.
package enum ChildKey {
    /// The most characters of a key.
    package static let maxLength = 100

    /// Why a key is none.
    package static let isInvalid = "the key must have 1 to \(maxLength) printable ASCII characters"

    /// Why a job is not taken under a key.
    package static func isReused(_ key: String) -> String {
        "the parent has submitted another job under the key '\(key)'"
    }

    /// The request by which a job's child is known; nil when the key is none.
    package static func request(of parent: JobID, key: String) -> IdempotencyKey? {
        guard (1...maxLength).contains(key.utf8.count) else { return nil }
        return try? IdempotencyKey("child/\(parent)/\(key)")
    }
}

/// How long leases last; the same for all processes.
public enum LeaseTimes {
    /// A worker's lease, from the moment its renewal was sent.
    public static let lease = Duration.seconds(10)
    /// How often a worker renews it.
    public static let heartbeat = Duration.seconds(2)
}
