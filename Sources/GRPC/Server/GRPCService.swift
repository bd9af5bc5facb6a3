/// A set of methods that a ``GRPCServer`` answers.
public protocol GRPCService: Sendable {
    /// Registers the service's methods.
    func register(in router: inout GRPCRouter)
}
