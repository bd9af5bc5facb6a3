import Foundation
import JobCore

/// What the local stack is made of.
struct StackConfiguration: Sendable, Hashable {
    let environment: [String: String]
    /// Whether it has a worker of its own.
    let hasWorker: Bool
    /// Whether the gateway speaks TLS, too.
    let hasTLS: Bool
    /// The settings in the environment that were given to an earlier call.
    let recalled: Set<String>
    let ports: StackPorts
    let directory: StackDirectory
    /// Where QueueFlow's own programs lie.
    let binaries: URL
    /// The directory in which the services run.
    let workingDirectory: URL

    /// - Throws: ``StackError`` for a variable that cannot be used.
    init(
        environment: [String: String],
        hasWorker: Bool = true,
        hasTLS: Bool = false,
        recalled: Set<String> = [],
        workingDirectory: URL,
        binaries: URL
    ) throws(StackError) {
        self.environment = environment
        self.hasWorker = hasWorker
        self.hasTLS = hasTLS
        self.recalled = recalled
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

    /// The services that it has, here or elsewhere.
    var services: [StackService] { StackService.allCases.filter { $0 != .worker || hasWorker } }

    /// The first of the queues that its worker serves; nil when it serves all.
    var firstQueue: String? {
        environment[Setting.workerQueues.name]?.split(separator: ",").first?.trimmingCharacters(in: .whitespaces)
    }

    var gatewayURL: String { "http://127.0.0.1:\(ports[.gateway])" }

    /// The ports on which a process listens.
    func ports(of service: StackService) -> [PortUse] {
        ports.of(service).filter { hasTLS || $0.variable != StackPort.gatewayTLS.rawValue }
    }
}

/// The number of every port of the local stack.
struct StackPorts: Sendable, Hashable {
    private let numbers: [StackPort: Int]

    /// Reads the ports from the environment.
    ///
    /// - Throws: ``StackError`` for a value that is no port, and for two ports with the same number.
    init(environment: [String: String]) throws(StackError) {
        var numbers: [StackPort: Int] = [:]
        for port in StackPort.allCases {
            guard let text = environment[port.rawValue], !text.isEmpty else {
                numbers[port] = port.standard
                continue
            }
            guard let number = Int(text), (1...65_535).contains(number) else {
                throw .badVariable(name: port.rawValue, value: text, expected: "a port from 1 to 65535")
            }
            numbers[port] = number
        }
        let sharing = Dictionary(grouping: StackPort.allCases) { numbers[$0] ?? 0 }
        if let (number, ports) = sharing.filter({ $0.value.count > 1 }).min(by: { $0.key < $1.key }) {
            throw .samePort(number: number, variables: ports.map(\.rawValue))
        }
        self.numbers = numbers
    }

    subscript(port: StackPort) -> Int { numbers[port] ?? port.standard }

    /// The ports on which a process listens.
    func of(_ service: StackService) -> [PortUse] {
        StackPort.allCases.filter { $0.service == service }
            .map { PortUse(variable: $0.rawValue, use: $0.use, number: self[$0]) }
    }
}

/// A port on which a process listens, as its record keeps it.
struct PortUse: Codable, Sendable, Hashable {
    /// The variable that moves it.
    let variable: String
    /// What is spoken there.
    let use: String
    /// Its number.
    let number: Int
}
