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
