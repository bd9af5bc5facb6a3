import CProcessGuard
import Foundation
import GRPC
import JobCore
import Platform
import QueueFlowWorker

/// The process that runs the built-in job types.
@main
struct WorkerProcess {
    static func main() async {
        ExecHandler.beGuardIfCalled()
        await Worker.main(settings: readSettings, common: \.worker) { worker, settings, logger in
            worker.registerBuiltinHandlers(settings)
            let server = try GRPCServer(
                configuration: GRPCServerConfiguration(
                    host: settings.worker.common.bindAddress,
                    port: settings.worker.common.grpcPort
                ),
                services: StandardServices.beside(),
                interceptors: [MetricsInterceptor(prefix: "queueflow_")],
                logger: logger
            )
            return [server]
        }
    }

    /// Reads the settings, and hides them: commands of jobs run beside this process, and mostly as the same user. Nothing else runs yet
    /// that could read the environment meanwhile.
    private static func readSettings() throws -> BuiltinSettings {
        let settings = try BuiltinSettings()
        let secrets = [Setting.workerToken, .kafkaProperties].map { strdup($0.name) }
        defer { for name in secrets { free(name) } }
        secrets.map { UnsafePointer($0) }.withUnsafeBufferPointer { names in
            qf_hide_process(names.baseAddress, names.count)
        }
        return settings
    }
}
