/// What a worker is told.
public struct WorkerSettings: Sendable {
    /// What all processes are told.
    public var common: CommonSettings
    /// Where the job-services' control plane is.
    public var controlAddresses: [String]
    /// What the control plane knows the worker by.
    public var token: String
    /// How many jobs run at once.
    public var concurrency: Int
    /// The queues to serve; none means all.
    public var queues: [QueueName]
    /// How many percent of the slots the jobs of one tenant may have while others share the installation.
    public var tenantShare: Int
    /// The worker's name; nil for the host's name and the process's id.
    public var name: String?
    /// How long running jobs may take to end once the worker was told to.
    public var drainTimeout: Duration
    /// What jobs of type `http.request` may call.
    public var httpRequestAllow: [HTTPDestinationRule]
    /// The absolute paths of the commands that jobs of type `exec` may run.
    public var execAllow: [String]

    /// Reads them.
    ///
    /// - Throws: ``InvalidSettings`` naming every variable that is missing or wrong.
    public init(_ reader: SettingsReader = .environment()) throws(InvalidSettings) {
        var reader = reader
        common = CommonSettings(&reader, grpcPort: 50_053, metricsPort: 2_113)
        controlAddresses = reader.list(.controlAddress, default: ["127.0.0.1:50051"], expected: "host:port,host:port")
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
        httpRequestAllow = reader.list(
            .httpRequestAllow,
            default: ["https://*"],
            expected: "scheme://host:port,scheme://host:port"
        ).compactMap { text in
            let rule = HTTPDestinationRule(text)
            if rule == nil {
                reader.refuse(
                    .httpRequestAllow,
                    because: "'\(text)' is not of the form http(s)://host, optionally :port"
                )
            }
            return rule
        }
        execAllow = reader.list(.execAllow, default: [], expected: "/path/to/command,/path/to/command")
        for path in execAllow where !path.hasPrefix("/") {
            reader.refuse(.execAllow, because: "'\(path)' is not an absolute path")
        }
        try reader.finish()
    }
}
