import Foundation
import LocalServers

/// What can go wrong with the local stack; each text tells what to do.
enum StackError: Error, Sendable, Hashable {
    case badVariable(name: String, value: String, expected: String)
    case samePort(number: Int, variables: [String])
    case portsTaken([TakenPort])
    case unreachable(StackService, address: String, problem: String)
    case notBuilt(program: String, path: String)
    case file(path: String, reason: String)
    case busy(directory: String)
    case missingTemplate(name: String, searched: [String])
    case unknownPlaceholder(name: String, file: String)
    case notReady([String], notStarted: [String])
    case firstJob(String)
    case unknownService(String)
    case nothingLogged(directory: String)
    case noStack(directory: String)
    case server(LocalServerError)

    /// Any error of what the stack does with its files and servers.
    init(_ error: any Error, at file: URL) {
        self =
            switch error {
            case let error as StackError: error
            case let error as LocalServerError: .server(error)
            default: .file(path: file.path, reason: "\(error)")
            }
    }

    /// A port that another program has.
    struct TakenPort: Sendable, Hashable {
        let port: PortUse
        let service: StackService
    }
}

extension StackError: CustomStringConvertible {
    var description: String {
        switch self {
        case .badVariable(let name, let value, let expected):
            "\(name) is '\(value)'; expected \(expected)"
        case .samePort(let number, let variables):
            "\(variables.joined(separator: " and ")) are all \(number); give each a port of its own"
        case .portsTaken(let ports):
            "nothing was started, because another program has a port that is needed:\n"
                + ports.map {
                    "  port \($0.port.number) (\($0.port.use) of \($0.service.rawValue)); "
                        + "end that program, or choose another port with \($0.port.variable)=NUMBER"
                }.joined(separator: "\n")
        case .unreachable(let service, let address, let problem):
            "nothing was started or stopped, because \(service.externalVariable ?? "") names \(address), which does not answer: "
                + "\(problem). To have \(service.rawValue) started here, call: \(service.externalVariable ?? "")= queueflow up"
        case .notBuilt(let program, let path):
            "\(program) has not been built (there is no \(path)); run: make build"
        case .file(let path, let reason):
            "\(path): \(reason)"
        case .busy(let directory):
            "another `queueflow up` or `queueflow down` is at work in \(directory); wait for its end"
        case .missingTemplate(let name, let searched):
            "nginx's configuration \(name) was not found in \(searched.joined(separator: ", ")); "
                + "run queueflow from the repository's directory"
        case .unknownPlaceholder(let name, let file):
            "\(file) asks for ${\(name)}, which the local stack does not know"
        case .notReady(let names, let notStarted):
            "not ready: \(names.joined(separator: ", "))"
                + (notStarted.isEmpty ? "" : "; therefore not started: \(notStarted.joined(separator: ", "))")
        case .firstJob(let problem):
            "the stack runs, but a first job did not go through: \(problem)"
        case .unknownService(let name):
            "there is no service '\(name)'; the services are "
                + StackService.allCases.map(\.rawValue).joined(separator: ", ")
        case .nothingLogged(let directory):
            "there are no logs in \(directory); start the stack with: queueflow up"
        case .noStack(let directory):
            "There is no stack in \(directory); start one with: queueflow up"
        case .server(let error):
            error.description
        }
    }
}
