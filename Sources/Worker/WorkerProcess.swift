import GRPC
import Platform
import QueueFlowWorker
import ServiceLifecycle
import Telemetry

/// The process that runs the built-in job types.
@main
struct WorkerProcess {
    static func main() async {
        await ProcessLauncher.run("worker", settings: { try BuiltinSettings() }, common: \.worker.common) {
            settings,
            instruments in
            let health = WorkerHealth()
            await instruments.readiness.addCheck("session") { try health.check() }
            let configuration = WorkerConfiguration(settings.worker)
            var worker = Worker(configuration: configuration, logger: instruments.logger, health: health)
            worker.registerBuiltinHandlers(settings)
            let server = try GRPCServer(
                configuration: GRPCServerConfiguration(
                    host: settings.worker.common.bindAddress,
                    port: settings.worker.common.grpcPort
                ),
                services: StandardServices.beside(),
                logger: instruments.logger
            )
            return [server, worker]
        }
    }
}
