import ArgumentParser
import Foundation
import QueueFlowWorker
import ServiceLifecycle
import Telemetry

/// `chaos`: breaks a whole platform in every way it can, while jobs run, and then looks whether a promise was broken.
@main
struct Chaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Break QueueFlow on purpose and hold it to its promises.",
        subcommands: [RunCommand.self, WorkerCommand.self],
        defaultSubcommand: RunCommand.self
    )
}

/// `chaos run`: one run of the suite.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Break everything for a while, then check every promise.",
        discussion: """
            Starts servers and processes of its own on free ports of 127.0.0.1 and ends them. Faults and jobs follow from the \
            seed. Ends with status 1 when a promise was broken; logs and the ledger are kept then.
            """
    )

    @Option(help: "How long to break things, in seconds.")
    var duration = 120

    @Option(help: "What the faults and the jobs follow from; a random one unless given.")
    var seed: UInt64 = .random(in: 1...999_999)

    @Option(help: "Jobs a second, besides backlogs.")
    var rate = 40

    @Option(help: "A Kafka broker to use, as HOST:PORT, instead of a dev-broker; KAFKA_BROKERS says the same.")
    var kafkaBrokers: String?

    @Option(
        help: """
            What starts that broker in the foreground, with its data kept: so chaos can kill it, and start it again. Without, it is \
            left alone.
            """
    )
    var kafkaCommand: String?

    @Flag(help: "Print each fault, surge and pause as it happens.")
    var verbose = false

    @Flag(help: "Keep logs and the ledger, whatever was found.")
    var keep = false

    func validate() throws {
        if kafkaCommand != nil, brokerAddress == nil {
            throw ValidationError("--kafka-command needs the broker's address: --kafka-brokers HOST:PORT")
        }
    }

    private var brokerAddress: String? {
        let address = kafkaBrokers ?? ProcessInfo.processInfo.environment["KAFKA_BROKERS"]
        return address?.isEmpty ?? true ? nil : address
    }

    private var broker: Broker {
        guard let brokerAddress else { return .own }
        return kafkaCommand.map { .command($0, address: brokerAddress) } ?? .existing(brokerAddress)
    }

    func run() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "queueflow-chaos-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let binaries = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let experiment = Experiment(
            seed: seed,
            duration: .seconds(duration),
            rate: rate,
            broker: broker,
            isVerbose: verbose
        )
        let report = try await experiment.run(binaries: binaries, directory: directory)
        print(report.text)
        if report.isClean, !keep { return try FileManager.default.removeItem(at: directory) }
        print("logs and ledger: \(directory.path)")
        if !report.isClean { throw ExitCode.failure }
    }
}

/// `chaos worker`: a worker whose handler keeps a ledger outside QueueFlow.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "A worker that notes what it runs; configured like any worker.",
        shouldDisplay: false
    )

    @Option(help: "The file to note in.")
    var ledger: String

    @Option(help: "A type of jobs that it has a handler for; may be given several times.")
    var type: [String]

    func run() async throws {
        let (ledger, types) = (try Ledger(path: ledger), type)
        await Worker.main { worker in
            for type in types { worker.handle(type, with: LedgerHandler(ledger: ledger, worker: worker.name)) }
        }
    }
}
