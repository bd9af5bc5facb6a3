package import JobCore
package import Platform

/// What a worker is told.
package struct WorkerSettings: Sendable {
    /// What all processes are told.
    package var common: CommonSettings
    /// Where the job-services' control plane is.
    package var controlAddresses: [String]
    /// The file with the authorities that its certificates lead to; nil for the system's.
    package var controlCAFile: String?
    /// What the control plane knows the worker by.
    package var token: String
    /// How many jobs run at once.
    package var concurrency: Int
    /// The queues to serve; none means all.
    package var queues: [QueueName]
    /// How many percent of the slots the jobs of one tenant may have while others share the installation.
    package var tenantShare: Int
    /// The worker's name; nil for the host's name and the process's id.
    package var name: String?
    /// How long running jobs may take to end once the worker was told to.
    package var drainTimeout: Duration

    /// Reads them.
    ///
    /// - Throws: ``InvalidSettings`` naming every variable that is missing or wrong.
    package init(_ reader: SettingsReader = .environment()) throws(InvalidSettings) {
        var reader = reader
        self.init(&reader)
        try reader.finish()
    }

    /// Reads them; what is wrong is said when the reader is finished.
    package init(_ reader: inout SettingsReader) {
        common = CommonSettings(&reader, grpcPort: 50_053, metricsPort: 2_113)
        controlAddresses = reader.list(.controlAddress, default: ["127.0.0.1:50051"], expected: "host:port,host:port")
        controlCAFile = reader.optional(.controlCAFile, default: nil, expected: "a path") { $0 }
        do {
            _ = try ControlPlaneAddresses(controlAddresses, caFile: controlCAFile)
        } catch {
            reader.refuse(.controlAddress, because: error.description)
        }
        let token = reader.secret(.workerToken, weakness: SecretRule.weakness(ofKey:))
        if token == nil {
            reader.refuse(.workerToken, because: "not set; expected the job-service's, or an API key of role WORKER")
        }
        self.token = token ?? ""
        concurrency = reader.integer(.workerConcurrency, default: 64, in: 1...10_000)
        var queues: [QueueName] = []
        for name in reader.list(.workerQueues, default: [], expected: "queue,queue") {
            do {
                queues.append(try QueueName(name))
            } catch {
                reader.refuse(.workerQueues, because: "'\(name)' is not valid: \(error)")
            }
        }
        self.queues = queues
        tenantShare = reader.integer(.tenantShare, default: 80, in: 1...100)
        name = reader.optional(.workerName, default: nil, expected: "a name") { $0 }
        drainTimeout = .seconds(reader.integer(.drainTimeout, default: 30, in: 0...3_600))
    }
}
