import GRPC
import Platform
import QueueFlowWorker

/// The process that runs the built-in job types.
@main
struct WorkerProcess {
    static func main() async {
        await Worker.main(settings: { try BuiltinSettings() }, common: \.worker) { worker, settings, logger in
            worker.registerBuiltinHandlers(settings)
            let server = try GRPCServer(
                configuration: GRPCServerConfiguration(
                    host: settings.worker.common.bindAddress,
                    port: settings.worker.common.grpcPort
                ),
                services: StandardServices.beside(),
                logger: logger
            )
            return [server]
        }
    }
}
