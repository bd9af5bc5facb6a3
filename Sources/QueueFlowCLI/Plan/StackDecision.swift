/// What `queueflow up` does about a service, given what it wants and what it finds.
enum StackDecision: Sendable, Equatable {
    /// It runs as wanted.
    case keep
    /// It does not run.
    case start
    /// It runs, but from another program or configuration than wanted.
    case restart
    /// A server elsewhere is used. One of our own that still runs is stopped.
    case useExternal

    init(_ plan: ServicePlan, record: ServiceRecord?) {
        switch plan.kind {
        case .external:
            self = .useExternal
        case .process:
            guard let record, record.isRunning else {
                self = .start
                return
            }
            self = record.fingerprint == plan.fingerprint ? .keep : .restart
        }
    }
}
