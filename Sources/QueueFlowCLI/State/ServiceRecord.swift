import Foundation

/// What is known of a service of the stack that was started, or of a server elsewhere that it uses.
struct ServiceRecord: Codable, Sendable, Hashable {
    let service: StackService
    /// The process that was started; nil for a server elsewhere.
    let process: ProcessIdentity?
    /// The program that was started.
    let executable: String
    /// The address of a server elsewhere.
    let address: String?
    let ports: [PortUse]
    let check: ReadinessCheck
    let fingerprint: String
    let startedAt: Date

    /// Whether its process runs; false for a server elsewhere.
    var isRunning: Bool { process?.isAlive ?? false }
    /// Whether it is a server elsewhere.
    var isExternal: Bool { process == nil }
}
