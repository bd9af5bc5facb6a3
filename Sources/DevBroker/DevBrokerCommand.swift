import ArgumentParser
import Foundation
import Kafka
import Logging

/// `dev-broker`: a Kafka broker for one machine, with nothing to install and nothing to keep.
@main
struct DevBrokerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev-broker",
        abstract: "A Kafka broker for development and tests.",
        discussion: """
            It speaks the Kafka protocol on the loopback interface and keeps records in memory only, 5 MB a partition at \
            most: they are gone when it stops. Topics appear, with 4 partitions, when a client first asks for them. It \
            stops on SIGTERM or Ctrl-C.
            """
    )

    @Option(help: "The port of 127.0.0.1 to listen on; 0 takes a free one.")
    var port: UInt16 = DevBrokerCommand.portFromEnvironment

    @Flag(help: "Log what the broker does.")
    var verbose = false

    /// `DEV_BROKER_PORT`, or Kafka's own port; a value that is no port is left to `validate()` to refuse.
    private static var portFromEnvironment: UInt16 {
        environmentValue.flatMap { UInt16($0) } ?? 9092
    }

    private static var environmentValue: String? {
        ProcessInfo.processInfo.environment["DEV_BROKER_PORT"]
    }

    func validate() throws {
        guard let value = Self.environmentValue, UInt16(value) == nil else { return }
        throw ValidationError("DEV_BROKER_PORT is '\(value)'; it must be a port number from 0 to 65535.")
    }

    func run() throws {
        // Before the broker starts its threads, since threads inherit what is blocked.
        let stop = StopSignal()
        var logger = Logger(label: "dev-broker") { label in StreamLogHandler.standardError(label: label) }
        // What goes wrong at the start is said in this program's own words.
        logger.logLevel = verbose ? .debug : .critical
        let broker = try Self.start(port: port, logger: logger)
        try FileHandle.standardOutput.write(
            contentsOf: Data(
                """
                dev-broker is listening on \(broker.bootstrapServers); records are kept in memory only and are gone when it \
                stops.

                """.utf8
            )
        )
        stop.wait()
        withExtendedLifetime(broker) {}
    }

    private static func start(port: UInt16, logger: Logger) throws -> MockBroker {
        do {
            return try ListeningPort.take(port) { try MockBroker(logger: logger) }
        } catch let error as any CustomStringConvertible & Error {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw ExitCode.failure
        }
    }
}
