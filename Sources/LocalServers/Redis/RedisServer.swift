public import Foundation

/// A Redis server for tests: it dies with the process that started it, `kill -9` included, and keeps nothing on disk.
public actor RedisServer {
    /// The number of databases, of which each has its own URL: see ``url(database:)``.
    public static let databaseCount = 1024

    /// The URL of database 0, with the password.
    public nonisolated let url: String
    /// The TCP port on 127.0.0.1.
    public nonisolated let port: Int
    /// The file that the server writes its log to.
    public nonisolated let log: URL
    private let instance: RedisInstance
    private let temporary: URL?
    private var process: LeashedProcess

    private init(instance: RedisInstance, temporary: URL?, process: LeashedProcess, log: URL) {
        self.url = instance.url()
        self.port = instance.port
        self.log = log
        self.instance = instance
        self.temporary = temporary
        self.process = process
    }

    /// Starts a server and waits until it answers.
    ///
    /// - Parameters:
    ///   - directory: A directory for its configuration and log, which stays afterwards; nil for a temporary one that is
    ///     removed when the last reference to the server is gone or this process has ended.
    ///   - port: The TCP port on 127.0.0.1; nil for a free one.
    ///   - settings: Directives as in redis.conf.
    /// - Throws: ``LocalServerError`` if Redis is not installed, or does not start within 30 seconds.
    public static func start(
        directory: URL? = nil,
        port: Int? = nil,
        settings: [String: String] = [:]
    ) async throws(LocalServerError) -> RedisServer {
        let temporary = directory == nil ? try ServerDirectory.makeTemporary(prefix: "queueflow-redis") : nil
        let home = directory ?? temporary ?? FileManager.default.temporaryDirectory
        let log = home.appending(path: "server.log")
        let password = Secret.random(bytes: 16)
        var attempt = 1
        while true {
            let chosen = if let port { port } else { try FreePort.find() }
            let instance = try RedisInstance(
                directory: home,
                port: chosen,
                password: password,
                settings: ["databases": String(databaseCount)].merging(settings) { $1 }
            )
            try instance.writeConfiguration()
            let process = try await LeashedProcess.start(instance.serverCommand, log: log, removing: temporary)
            do {
                try await waitUntilReady(instance, process, log: log)
                return RedisServer(instance: instance, temporary: temporary, process: process, log: log)
            } catch {
                // Another process may have taken the port since it was found to be free.
                let tryAgain = port == nil && attempt < 3 && "\(error)".contains("Address already in use")
                await process.release(keepingDirectory: tryAgain)
                guard tryAgain else { throw error }
                attempt += 1
            }
        }
    }

    /// The URL of one of the databases, 0 to ``databaseCount`` - 1. Keys are its own; scripts and `FLUSHALL` are not.
    public nonisolated func url(database: Int) -> String { instance.url(database: database) }

    /// The server's process id; nil when it does not run.
    public var pid: Int32? { process.exitStatus == nil ? process.pid : nil }

    /// Ends the server with SIGKILL, as a crash does, and waits until it is gone. ``restart()`` brings it back, empty.
    public func kill() async {
        await process.stop(signal: SIGKILL)
    }

    /// Shuts the server down and waits until it is gone. ``restart()`` brings it back, empty.
    public func stop() async {
        await process.stop()
    }

    /// Freezes the server: connections stay open and nothing is answered, as when a machine stalls.
    public func freeze() {
        process.signal(SIGSTOP)
    }

    /// Lets a frozen server go on.
    public func thaw() {
        process.signal(SIGCONT)
    }

    /// Starts the server again on the same port, stopping it first if it runs.
    ///
    /// - Throws: ``LocalServerError`` if it does not answer within 30 seconds.
    public func restart() async throws(LocalServerError) {
        await stop()
        let former = process
        process = try await LeashedProcess.start(instance.serverCommand, log: log, removing: temporary)
        // Only now: while one of the two supervises, the directory is removed if this process ends.
        await former.release(keepingDirectory: true)
        try await Self.waitUntilReady(instance, process, log: log)
    }

    private static func waitUntilReady(
        _ instance: RedisInstance,
        _ process: LeashedProcess,
        log: URL
    ) async throws(LocalServerError) {
        try await Readiness.wait(for: "Redis", process: process, log: log, within: .seconds(30)) {
            () async throws(LocalServerError) in try await instance.probe()
        }
    }
}
