public import Foundation

/// A Redis server of our own: its configuration file and the command that runs it.
///
/// It listens on 127.0.0.1 only, asks for a password and keeps nothing on disk.
public struct RedisInstance: Sendable {
    /// The directory that holds the configuration file, `redis.conf`.
    public let directory: URL
    /// The TCP port on 127.0.0.1.
    public let port: Int
    /// The password.
    public let password: String
    /// Directives as in redis.conf, which override this type's own.
    public let settings: [String: String]
    private let program: String

    /// Describes an instance; nothing is done yet.
    ///
    /// - Parameters:
    ///   - directory: The directory for its configuration file.
    ///   - port: The TCP port on 127.0.0.1.
    ///   - password: The password, of characters that need no quoting.
    ///   - settings: Directives as in redis.conf.
    /// - Throws: ``LocalServerError/notInstalled(program:package:)``.
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
        self.program = try Executables.find("redis-server", package: "redis-server")
    }

    /// The text of the configuration file, with the password.
    public var configuration: String {
        var all = [
            "bind": "127.0.0.1", "protected-mode": "yes", "port": String(port), "requirepass": password,
            "dir": "\"\(directory.path)\"", "save": "\"\"", "appendonly": "no", "daemonize": "no",
        ]
        all.merge(settings) { $1 }
        return all.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
    }

    /// Writes the configuration file, readable by its owner only as it holds the password.
    ///
    /// - Throws: ``LocalServerError/file(path:reason:)``.
    public func writeConfiguration() throws(LocalServerError) {
        try ServerDirectory.make(directory)
        try PrivateFile.write(configuration, to: directory.appending(path: "redis.conf"))
    }

    /// The command that runs the server in the foreground.
    public var serverCommand: LaunchCommand {
        LaunchCommand(
            executable: program,
            arguments: [directory.appending(path: "redis.conf").path],
            environment: LaunchCommand.minimalEnvironment,
            workingDirectory: directory
        )
    }

    /// The connection URL, with the password.
    public func url(database: Int = 0) -> String { "redis://:\(password)@127.0.0.1:\(port)/\(database)" }

    /// Succeeds if the server answers.
    ///
    /// - Throws: ``LocalServerError/probe(server:problem:)``.
    public func probe() async throws(LocalServerError) {
        try await ServerProbe.redis(host: "127.0.0.1", port: port, password: password)
    }
}
