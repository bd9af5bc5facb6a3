public import GRPC

/// The control plane's service, as its descriptors.
public enum WorkerControl {
    /// The service's full name.
    public static let service = "queueflow.control.v1.WorkerControl"
    /// One bidirectional stream a worker; see `control.proto`.
    public static let session = MethodDescriptor(service: service, method: "Session")
}
