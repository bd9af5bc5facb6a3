import Foundation

/// What the local stack is made of: read once from the environment.
struct StackConfiguration: Sendable, Hashable {
    let environment: [String: String]
    let ports: StackPorts
    let directory: StackDirectory
    /// Where QueueFlow's own programs lie.
    let binaries: URL
    /// The directory in which the services run.
    let workingDirectory: URL

    /// - Throws: ``StackError`` for a variable that cannot be used.
    init(environment: [String: String], workingDirectory: URL, binaries: URL) throws(StackError) {
        self.environment = environment
        self.ports = try StackPorts(environment: environment)
        self.directory = StackDirectory(in: workingDirectory)
        self.binaries = binaries
        self.workingDirectory = workingDirectory
    }

    /// The address of a server elsewhere that is used instead of starting one.
    func external(_ service: StackService) -> String? {
        guard let variable = service.externalVariable, let value = environment[variable], !value.isEmpty else {
            return nil
        }
        return value
    }

    /// The services that are started here.
    var started: [StackService] { StackService.allCases.filter { external($0) == nil } }

    var gatewayURL: String { "http://127.0.0.1:\(ports[.gateway])" }
}
