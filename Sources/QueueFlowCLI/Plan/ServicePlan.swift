import Foundation
import LocalServers

/// What is to run as one service of the stack.
struct ServicePlan: Sendable {
    enum Kind: Sendable {
        /// A process that is started here.
        case process(LaunchCommand)
        /// A server elsewhere, which is only used.
        case external(address: String)
    }

    let service: StackService
    let kind: Kind
    let ports: [PortUse]
    let check: ReadinessCheck
    /// Changes when the program or its configuration changes.
    let fingerprint: String

    /// How long it may take to become ready. A server elsewhere has been started long ago.
    var readyWithin: Duration {
        switch kind {
        case .process: service == .postgres ? .seconds(60) : .seconds(30)
        case .external: .seconds(10)
        }
    }

    /// The signal that asks the process to end. PostgreSQL takes SIGTERM as "wait for every session to end by itself".
    static func stopSignal(of service: StackService) -> Int32 { service == .postgres ? SIGINT : SIGTERM }
}

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

/// Finds ports that other programs hold, before anything is started.
enum PortCheck {
    /// - Parameters:
    ///   - plans: The services that are about to be started.
    ///   - held: The ports on which processes of this stack listen now; they are given back or stay with their service.
    ///   - isFree: Whether a port can be bound.
    /// - Throws: ``StackError/portsTaken(_:)`` naming every taken port.
    static func run(
        _ plans: [ServicePlan],
        held: Set<Int>,
        isFree: (Int) -> Bool = FreePort.isFree
    ) throws(StackError) {
        let taken = plans.flatMap { plan in
            plan.ports.filter { !held.contains($0.number) && !isFree($0.number) }
                .map { StackError.TakenPort(port: $0, service: plan.service) }
        }
        if !taken.isEmpty { throw .portsTaken(taken) }
    }
}
