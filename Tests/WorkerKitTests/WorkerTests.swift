import Logging
import QueueFlowWorker
import Testing

struct WorkerTests {
    /// Service groups write what they run into their logs.
    @Test func itsTokenIsNoPartOfItsDescription() {
        let configuration = WorkerConfiguration(
            name: "mailer",
            controlAddresses: ["localhost:1"],
            token: "0f5a3c9e7b1d2468",
            kafkaBrokers: "localhost:1"
        )
        let worker = Worker(configuration: configuration, logger: Logger(label: "test"))
        #expect("\(worker)" == "Worker(mailer)")
        #expect(!String(reflecting: worker).contains("0f5a3c9e7b1d2468"))
    }
}
