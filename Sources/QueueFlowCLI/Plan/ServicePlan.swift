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
    /// A fingerprint of each setting that the process is given.
    let settings: [String: String]

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
    /// It runs, but from another program or configuration than wanted. The names are those of settings that have changed.
    case restart(changed: [String])
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
            guard record.fingerprint != plan.fingerprint else {
                self = .keep
                return
            }
            let before = record.settings ?? [:]
            let names = Set(before.keys).union(plan.settings.keys)
            self = .restart(changed: names.filter { before[$0] != plan.settings[$0] }.sorted())
        }
    }

    /// Whether a process is to be started.
    var starts: Bool {
        switch self {
        case .start, .restart: true
        case .keep, .useExternal: false
        }
    }
}

/// Finds ports that other programs hold, before anything is started.
struct PortCheck: Sendable {
    /// The longest that Linux remembers a connection which has been closed (TIME_WAIT), with some room.
    static let closingTime = Duration.seconds(65)

    /// Who has a port.
    var state: @Sendable (Int) -> PortState = FreePort.state(of:)
    /// How long to wait for ports that only connections of an ended program hold.
    var patience = PortCheck.closingTime
    let console: Console

    /// Returns when all ports can be had.
    ///
    /// - Parameters:
    ///   - plans: The services that are about to be started.
    ///   - held: The ports on which processes of this stack listen now; they are given back or stay with their service.
    /// - Throws: ``StackError/portsTaken(_:)`` naming every taken port.
    func run(_ plans: [ServicePlan], held: Set<Int>) async throws(StackError) {
        let needed = plans.flatMap { plan in
            plan.ports.filter { !held.contains($0.number) }.map {
                StackError.TakenPort(port: $0, service: plan.service)
            }
        }
        let deadline = ContinuousClock.now + patience
        var hasTold = false
        while true {
            let states = needed.map { ($0, state($0.port.number)) }
            let listening = states.filter { $0.1 == .listening }.map(\.0)
            let closing = states.filter { $0.1 == .closing }.map(\.0)
            if closing.isEmpty, listening.isEmpty { return }
            guard listening.isEmpty, ContinuousClock.now < deadline else { throw .portsTaken(listening + closing) }
            if !hasTold {
                let numbers = closing.map { String($0.port.number) }.joined(separator: ", ")
                console.line(
                    "Waiting for port \(numbers), which closed connections of another program hold for a minute."
                )
                hasTold = true
            }
            do { try await Task.sleep(for: .milliseconds(100)) } catch { throw .portsTaken(closing) }
        }
    }
}
