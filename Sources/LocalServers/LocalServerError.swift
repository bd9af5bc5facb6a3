/// What can go wrong while a server of this machine is found, prepared, started or asked.
public enum LocalServerError: Error, Sendable, Hashable {
    /// A program that is needed is not installed. `package` is its name for apt.
    case notInstalled(program: String, package: String)
    /// The operating system refused to start a program.
    case cannotStart(executable: String, reason: String)
    /// A server ended, or a command failed, before it was ready.
    case failed(name: String, status: Int32, log: String)
    /// A server did not become ready in time.
    case notReady(name: String, after: Duration, lastProblem: String, log: String)
    /// No TCP port could be bound on 127.0.0.1.
    case noFreePort
    /// PostgreSQL refuses to run as root, and the account it runs as instead does not exist.
    case noServerAccount(name: String)
    /// The account that a server runs as cannot reach its directory.
    case unreachable(directory: String, account: String)
    /// A name is not usable as a database name here.
    case badDatabaseName(String)
    /// An operation on a file or directory failed.
    case file(path: String, reason: String)
    /// A server could not be reached or did not answer as its protocol says.
    case probe(server: String, problem: String)
}

extension LocalServerError: CustomStringConvertible {
    /// A sentence that says what happened and what to do.
    public var description: String {
        switch self {
        case .notInstalled(let program, let package):
            "\(program) is not installed; install it, for example with: apt-get install \(package)"
        case .cannotStart(let executable, let reason):
            "\(executable) cannot be started: \(reason)"
        case .failed(let name, let status, let log):
            "\(name) ended with status \(status) before it was ready." + Self.quote(log)
        case .notReady(let name, let time, let problem, let log):
            "\(name) was not ready after \(time): \(problem)." + Self.quote(log)
        case .noFreePort:
            "no free TCP port was found on 127.0.0.1; end some of the programs that listen there"
        case .noServerAccount(let name):
            "PostgreSQL refuses to run as root and there is no user '\(name)' to run it as; "
                + "install the package postgresql, which makes that user, or run this as an ordinary user"
        case .unreachable(let directory, let account):
            "user '\(account)', as which PostgreSQL runs, cannot enter \(directory); "
                + "choose a directory that it can enter, or run this as an ordinary user"
        case .badDatabaseName(let name):
            "'\(name)' cannot be a database's name here: use 1 to 63 of a-z, 0-9 and _, beginning with a letter"
        case .file(let path, let reason):
            "\(path): \(reason)"
        case .probe(let server, let problem):
            "\(server): \(problem)"
        }
    }

    private static func quote(_ log: String) -> String {
        log.isEmpty ? " It wrote nothing to its log." : " The end of its log:\n\(log)"
    }
}
