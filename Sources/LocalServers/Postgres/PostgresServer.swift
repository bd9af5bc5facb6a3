public import Foundation

/// A PostgreSQL server for tests: it dies with the process that started it, `kill -9` included.
///
/// It listens on 127.0.0.1 and asks for a password, which the URLs carry. It does not force its writes to disk, so it
/// survives ``kill()`` (the operating system keeps what was written) but not a crash of the machine.
public actor PostgresServer {
    /// The URL of the database `postgres`.
    public nonisolated let url: String
    /// The TCP port on 127.0.0.1.
    public nonisolated let port: Int
    /// The file that the server writes its log to.
    public nonisolated let log: URL
    private let cluster: PostgresCluster
    private let temporary: URL?
    private var process: LeashedProcess

    private init(cluster: PostgresCluster, temporary: URL?, process: LeashedProcess, log: URL) {
        self.url = cluster.url()
        self.port = cluster.port
        self.log = log
        self.cluster = cluster
        self.temporary = temporary
        self.process = process
    }

    /// Makes a cluster, starts its server and waits until it accepts sessions.
    ///
    /// - Parameters:
    ///   - directory: An empty directory for the cluster, which stays afterwards; nil for a temporary one that is removed
    ///     when the last reference to the server is gone or this process has ended.
    ///   - port: The TCP port on 127.0.0.1; nil for a free one.
    ///   - settings: Settings as in postgresql.conf, over those that suit tests.
    /// - Throws: ``LocalServerError`` if PostgreSQL is not installed, or does not start within a minute.
    public static func start(
        directory: URL? = nil,
        port: Int? = nil,
        settings: [String: String] = [:]
    ) async throws(LocalServerError) -> PostgresServer {
        let account = try ServerAccount.current()
        let temporary =
            directory == nil ? try ServerDirectory.makeTemporary(prefix: "queueflow-postgres", for: account) : nil
        let home = directory ?? temporary ?? FileManager.default.temporaryDirectory
        let password = Secret.random(bytes: 16)
        let log = home.appending(path: "server.log")
        var isMade = false
        var attempt = 1
        while true {
            let chosen = if let port { port } else { try FreePort.find() }
            let cluster = try PostgresCluster(
                directory: home,
                port: chosen,
                password: password,
                settings: testSettings.merging(settings) { $1 }
            )
            if !isMade {
                try await cluster.make(durable: false, log: log, removing: temporary)
                isMade = true
            }
            let process = try await launch(cluster, log: log, removing: temporary)
            do {
                try await waitUntilReady(cluster, process, log: log)
                return PostgresServer(cluster: cluster, temporary: temporary, process: process, log: log)
            } catch {
                // Another process may have taken the port since it was found to be free.
                let tryAgain = port == nil && attempt < 3 && "\(error)".contains("Address already in use")
                await process.release(keepingDirectory: tryAgain)
                guard tryAgain else { throw error }
                attempt += 1
            }
        }
    }

    /// Speed before durability, and room for many pools; overridden by what ``start(directory:port:settings:)`` is given.
    private static let testSettings = [
        "fsync": "off", "full_page_writes": "off", "max_connections": "300", "shared_buffers": "128MB",
        "timezone": "UTC",
    ]

    /// Makes an empty database.
    ///
    /// - Parameter name: 1 to 63 of a-z, 0-9 and `_`, beginning with a letter.
    /// - Returns: Its connection URL.
    /// - Throws: ``LocalServerError``.
    public func createDatabase(named name: String) async throws(LocalServerError) -> String {
        try await cluster.createDatabase(named: name)
    }

    /// The process id of the postmaster; nil when it does not run.
    public var pid: Int32? { process.exitStatus == nil ? process.pid : nil }

    /// Ends the server with SIGKILL, as a crash does, and waits until it is gone. ``restart()`` brings it back.
    public func kill() async {
        await process.stop(signal: SIGKILL)
    }

    /// Shuts the server down ("fast": sessions are ended) and waits until it is gone. ``restart()`` brings it back.
    public func stop() async {
        await process.stop(signal: SIGINT, grace: .seconds(20))
    }

    /// Starts the server again on the same port with the same data, stopping it first if it runs.
    ///
    /// - Throws: ``LocalServerError`` if it is not ready within a minute.
    public func restart() async throws(LocalServerError) {
        await stop()
        let former = process
        process = try await Self.launch(cluster, log: log, removing: temporary)
        // Only now: while one of the two supervises, the directory is removed if this process ends.
        await former.release(keepingDirectory: true)
        try await Self.waitUntilReady(cluster, process, log: log)
    }

    private static func launch(
        _ cluster: PostgresCluster,
        log: URL,
        removing: URL?
    ) async throws(LocalServerError) -> LeashedProcess {
        // SIGQUIT: the postmaster ends its children before itself, and gives back its shared memory.
        try await LeashedProcess.start(cluster.serverCommand, log: log, lastSignal: "QUIT", removing: removing)
    }

    private static func waitUntilReady(
        _ cluster: PostgresCluster,
        _ process: LeashedProcess,
        log: URL
    ) async throws(LocalServerError) {
        try await Readiness.wait(for: "PostgreSQL", process: process, log: log, within: .seconds(60)) {
            () async throws(LocalServerError) in try await cluster.probe()
        }
    }
}
