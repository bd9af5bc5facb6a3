import ArgumentParser
import Foundation
import JobCore
import QueueFlowWorker
import ServiceLifecycle
import Telemetry

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
        await ProcessLauncher.run("worker", settings: { try WorkerSettings() }, common: \.common) {
            settings,
            instruments in
            let health = WorkerHealth()
            await instruments.readiness.addCheck("session") { try health.check() }
            let configuration = WorkerConfiguration(settings)
            var worker = Worker(configuration: configuration, logger: instruments.logger, health: health)
            for type in types {
                worker.handle(type, with: LedgerHandler(ledger: ledger, worker: configuration.name))
            }
            return [worker]
        }
    }
}
