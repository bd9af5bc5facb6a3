public import Foundation

/// A PostgreSQL cluster of our own: where it lies, how it is made, the command that serves it.
///
/// It listens on 127.0.0.1 only, has no Unix socket, and asks every session for a password (SCRAM-SHA-256), because
/// other users of the machine can reach that address too.
public struct PostgresCluster: Sendable {
    /// The cluster's superuser.
    public static let user = "queueflow"

    /// The directory that holds the cluster's `data` directory; it belongs to ``account``.
    public let directory: URL
    /// The TCP port on 127.0.0.1.
    public let port: Int
    /// The superuser's password.
    public let password: String
    /// Settings as in postgresql.conf, which they override.
    public let settings: [String: String]
    /// The account that PostgreSQL runs as.
    public let account: ServerAccount
    let installation: PostgresInstallation

    /// Describes a cluster; nothing is done yet.
    ///
    /// - Parameters:
    ///   - directory: The directory that holds its `data` directory.
    ///   - port: The TCP port on 127.0.0.1.
    ///   - password: The superuser's password, of characters that need no escaping in a URL.
    ///   - settings: Settings as in postgresql.conf.
    /// - Throws: ``LocalServerError`` if PostgreSQL is not installed or may not run here.
    public init(
        directory: URL,
        port: Int,
        password: String,
        settings: [String: String] = [:]
    ) throws(LocalServerError) {
        self.directory = directory
        self.port = port
        self.password = password
        self.settings = settings
        self.account = try ServerAccount.current()
        let version = try? String(contentsOf: directory.appending(path: "data/PG_VERSION"), encoding: .utf8)
        self.installation = try PostgresInstallation.find(
            version: version?.trimmingCharacters(in: .whitespacesAndNewlines)
        )
    }

    private var data: URL { directory.appending(path: "data", directoryHint: .isDirectory) }

    /// Whether the cluster has been made. (It is made under another name first, so one half made does not count.)
    public var exists: Bool { access(data.appending(path: "PG_VERSION").path, F_OK) == 0 }

    /// Makes the cluster. `initdb` dies with the calling process, and a next call starts afresh.
    ///
    /// - Parameters:
    ///   - durable: Whether the files are forced to disk before this returns.
    ///   - log: The file to which `initdb` writes.
    ///   - removing: A directory to remove if the calling process ends meanwhile.
    /// - Throws: ``LocalServerError``.
    public func make(durable: Bool, log: URL, removing: URL? = nil) async throws(LocalServerError) {
        guard account.canReach(directory) else {
            throw .unreachable(directory: directory.path, account: account.name)
        }
        try ServerDirectory.make(directory)
        try account.own(directory)
        let unfinished = directory.appending(path: "data.new")
        let passwordFile = directory.appending(path: "password")
        try? FileManager.default.removeItem(at: unfinished)
        try PrivateFile.write(password + "\n", to: passwordFile)
        defer { unlink(passwordFile.path) }
        try account.own(passwordFile)

        let command = LaunchCommand(
            executable: installation.program("initdb"),
            arguments: [
                "--pgdata=\(unfinished.path)", "--username=\(Self.user)", "--pwfile=\(passwordFile.path)",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions",
            ] + (durable ? [] : ["--no-sync"]),
            environment: LaunchCommand.minimalEnvironment,
            workingDirectory: directory
        )
        let initdb = try await LeashedProcess.start(
            account.running(command),
            log: log,
            lastSignal: "TERM",
            removing: removing
        )
        let status = await initdb.waitForExit() ?? -1
        await initdb.release(keepingDirectory: true)
        guard status == 0 else { throw .failed(name: "initdb", status: status, log: LogTail.read(log)) }
        guard rename(unfinished.path, data.path) == 0 else {
            throw .file(path: data.path, reason: String(cString: strerror(errno)))
        }
    }

    /// The command that serves the cluster in the foreground.
    public var serverCommand: LaunchCommand {
        var all = settings
        all["listen_addresses"] = "127.0.0.1"
        all["port"] = String(port)
        all["unix_socket_directories"] = ""
        return account.running(
            LaunchCommand(
                executable: installation.program("postgres"),
                arguments: ["-D", data.path]
                    + all.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] },
                environment: LaunchCommand.minimalEnvironment,
                workingDirectory: directory
            )
        )
    }

    /// The connection URL of a database, with the superuser's name and password.
    public func url(database: String = "postgres") -> String {
        "postgres://\(Self.user):\(password)@127.0.0.1:\(port)/\(database)"
    }

    /// Succeeds if the server accepts sessions.
    ///
    /// - Throws: ``LocalServerError/probe(server:problem:)``.
    public func probe() async throws(LocalServerError) {
        try await ServerProbe.postgres(host: "127.0.0.1", port: port, user: Self.user)
    }

    /// Makes an empty database on the running server.
    ///
    /// - Parameters:
    ///   - name: 1 to 63 of a-z, 0-9 and `_`, beginning with a letter.
    ///   - existingIsFine: Whether a database of that name may be there already.
    /// - Returns: The database's connection URL.
    /// - Throws: ``LocalServerError``.
    public func createDatabase(
        named name: String,
        existingIsFine: Bool = false
    ) async throws(LocalServerError) -> String {
        guard name.wholeMatch(of: /[a-z][a-z0-9_]{0,62}/) != nil else { throw .badDatabaseName(name) }
        // template0, unlike template1, is never visited by autovacuum, which would make this wait.
        let create = "CREATE DATABASE \(name) TEMPLATE template0"
        let script =
            existingIsFine
            ? "SELECT '\(create)' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '\(name)') \\gexec"
            : create + ";"
        try await psql(script)
        return url(database: name)
    }

    /// Gives the superuser this cluster's ``password``, for when the one it was made with is lost. The server must not run.
    ///
    /// - Throws: ``LocalServerError``.
    public func resetPassword() async throws(LocalServerError) {
        let single = LaunchCommand(
            executable: installation.program("postgres"),
            arguments: ["--single", "-D", data.path, "postgres"],
            environment: LaunchCommand.minimalEnvironment,
            workingDirectory: directory
        )
        let script = "ALTER ROLE \(Self.user) PASSWORD '\(password)'\n"
        if let problem = try await account.running(single).run(input: script) {
            throw .file(path: data.path, reason: "the password could not be reset: \(problem)")
        }
    }

    private func psql(_ script: String) async throws(LocalServerError) {
        var environment = LaunchCommand.minimalEnvironment
        environment["PGPASSWORD"] = password
        environment["PGCONNECT_TIMEOUT"] = "10"
        let command = LaunchCommand(
            executable: installation.program("psql"),
            arguments: [
                "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--host=127.0.0.1",
                "--port=\(port)", "--username=\(Self.user)", "--dbname=postgres",
            ],
            environment: environment
        )
        if let problem = try await command.run(input: script) {
            throw .probe(server: "PostgreSQL at 127.0.0.1:\(port)", problem: problem)
        }
    }
}
