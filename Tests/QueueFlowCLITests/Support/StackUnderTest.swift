import Foundation
import LocalServers
import TestSupport

@testable import QueueFlowCLI

/// A stack in a directory of its own on ports of its own, run by the real `queueflow` with stand-ins for the services.
///
/// However the test process ends, the stack is taken down and its directory removed: a guard on a leash sees to that.
struct StackUnderTest: Sendable {
    let directory: URL
    let ports: StackPorts
    private let environment: [String: String]
    private let guardian: LeashedProcess

    /// What a command printed and how it ended.
    struct Outcome: Sendable {
        let output: String
        let status: Int32
    }

    /// Prepares a stack; starts nothing of it.
    ///
    /// - Parameter ownServers: Whether it starts PostgreSQL and Redis itself; else it uses the shared ones of the tests.
    ///   Its broker is always the shared Redis, of which a broker elsewhere only needs the open port.
    /// - Parameter realServices: Whether the services are no stand-ins; the broker is one then, too.
    init(ownServers: Bool, realServices: Bool = false) async throws {
        directory = URL(filePath: "/tmp/queueflow-stack-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        let script = #"trap 'kill "$nap"; "$1" down --directory "$2"; exit' TERM; sleep 3600 & nap=$!; wait"#
        guardian = try await LeashedProcess.start(
            LaunchCommand(executable: "/bin/sh", arguments: ["-c", script, "guard", Self.queueflow, directory.path]),
            log: directory.appending(path: "guard.log"),
            lastSignal: "TERM",
            removing: directory
        )

        let binaries = directory.appending(path: "bin")
        try FileManager.default.createDirectory(at: binaries, withIntermediateDirectories: false)
        for service in ["job-service", "worker", "scheduler", "dev-broker"]
        where realServices || service != "dev-broker" {
            try FileManager.default.createSymbolicLink(
                at: binaries.appending(path: service),
                withDestinationURL: realServices
                    ? Self.products.appending(path: service) : Self.tests.appending(path: "StandIns/service")
            )
        }
        // Beside the stand-ins, where `queueflow` looks for it.
        try FileManager.default.createSymbolicLink(
            at: directory.appending(path: "nginx"),
            withDestinationURL: Self.tests.deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "nginx")
        )

        var environment = LaunchCommand.minimalEnvironment
        for port in StackPort.allCases { environment[port.rawValue] = String(try FreePort.find()) }
        ports = try StackPorts(environment: environment)
        let redis = try await TestServers.shared.redis()
        guard let broker = Endpoint(url: redis, standardPort: 0) else { throw TestError("no port in \(redis)") }
        if !realServices { environment["KAFKA_BROKERS"] = broker.description }
        environment["STAND_IN_DIRECTORY"] = directory.path + "/stand-ins"
        if !ownServers {
            environment["DATABASE_URL"] = try await TestServers.shared.database()
            environment["REDIS_URL"] = redis
        }
        self.environment = environment
    }

    /// The database that it uses when it does not start PostgreSQL itself.
    var databaseURL: String { environment["DATABASE_URL"] ?? "" }

    /// Runs `queueflow` with arguments, with further variables and without some of those that every call has.
    func queueflow(
        _ arguments: String...,
        with more: [String: String] = [:],
        without less: Set<String> = []
    ) async throws -> Outcome {
        var arguments = arguments + ["--directory", directory.path]
        if arguments[0] == "up" { arguments += ["--binaries", directory.path + "/bin"] }
        let log = directory.appending(path: "command-\(UUID().uuidString).log")
        let command = LaunchCommand(
            executable: Self.queueflow,
            arguments: arguments,
            environment: environment.filter { !less.contains($0.key) }.merging(more) { $1 },
            workingDirectory: directory
        )
        let process = try await LeashedProcess.start(command, log: log)
        guard let status = await process.waitForExit(within: .seconds(50)) else {
            await process.release()
            throw TestError("`queueflow \(arguments.joined(separator: " "))` does not end:\n\(LogTail.read(log))")
        }
        await process.release()
        return Outcome(output: try String(contentsOf: log, encoding: .utf8), status: status)
    }

    /// What the stack keeps.
    var kept: StackDirectory { StackDirectory(in: directory) }

    /// The process of a service.
    func process(_ service: StackService) -> ProcessIdentity? {
        ServiceRecords(directory: kept)[service]?.process
    }

    /// The environment that a stand-in was started with.
    func environment(of service: StackService) throws -> [String: String] {
        let file = directory.appending(path: "stand-ins/\(service.rawValue)/environment")
        return EnvironmentFile.parse(try String(contentsOf: file, encoding: .utf8))
    }

    /// Takes the stack down and removes its directory.
    func tearDown() async { await guardian.release() }

    private static let tests = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Where the programs lie that are built with these tests: beside them.
    static let products: URL = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: own).deletingLastPathComponent()
    }()

    /// The `queueflow` built with these tests.
    static let queueflow = products.appending(path: "queueflow").path
}

/// Carries out a test on a stack of its own and takes it down, also when the test fails.
func withStack(
    ownServers: Bool = false,
    realServices: Bool = false,
    _ body: (StackUnderTest) async throws -> Void
) async throws {
    let stack = try await StackUnderTest(ownServers: ownServers, realServices: realServices)
    do {
        try await body(stack)
    } catch {
        await stack.tearDown()
        throw error
    }
    await stack.tearDown()
}
