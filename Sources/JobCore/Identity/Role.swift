/// What a principal may do.
public enum Role: String, CaseIterable, Hashable, Sendable {
    /// Everything, in every tenant.
    case admin = "ADMIN"
    /// Submit and see jobs of its own tenant.
    case user = "USER"
    /// Serve the control plane, and nothing else.
    case worker = "WORKER"
}
