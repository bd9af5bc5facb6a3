public import Logging

/// A client of an installation of QueueFlow: submits jobs, shows them, and waits for what they result in.
///
///     let queueflow = try QueueFlowClient(url: "http://localhost:8000", credential: .apiKey(key))
///     let email = try await queueflow.submit(SendEmail(to: "ada@example.com"))
///     let receipt = try await email.output(within: .seconds(30))
///     await queueflow.shutdown()
///
/// Signs in by itself and stays signed in. What fails in passing is tried again, and a submission that is sent twice makes one job. May be
/// used by any number of tasks at once; a cancelled task's call ends at once, though what it asked for may still be done.
public final class QueueFlowClient: Sendable {
    let transport: Transport

    /// A client of an installation. It connects when it is first used.
    ///
    /// - Parameters:
    ///   - url: Where the installation's REST API is, such as `https://jobs.example.com`.
    ///   - credential: By what it proves who it is.
    ///   - configuration: How long it waits and how often it tries.
    ///   - logger: Gets, at level debug, what is tried again and why.
    /// - Throws: ``QueueFlowError`` when the URL is none of HTTP.
    public init(
        url: String,
        credential: QueueFlowCredential,
        configuration: QueueFlowClientConfiguration = QueueFlowClientConfiguration(),
        logger: Logger = Logger(label: "queueflow.client")
    ) throws {
        transport = try Transport(url: url, credential: credential, configuration: configuration, logger: logger)
    }

    /// A client as the environment says: `QUEUEFLOW_URL`, and `QUEUEFLOW_API_KEY` or else `QUEUEFLOW_USERNAME` and `QUEUEFLOW_PASSWORD`.
    ///
    /// - Parameters:
    ///   - environment: The process's own, unless given.
    ///   - configuration: How long it waits and how often it tries.
    ///   - logger: Gets, at level debug, what is tried again and why.
    /// - Throws: ``QueueFlowError`` that names the variable that is missing or wrong.
    public convenience init(
        environment: [String: String]? = nil,
        configuration: QueueFlowClientConfiguration = QueueFlowClientConfiguration(),
        logger: Logger = Logger(label: "queueflow.client")
    ) throws {
        let settings = try EnvironmentSettings(environment)
        try self.init(
            url: settings.url,
            credential: settings.credential,
            configuration: configuration,
            logger: logger
        )
    }

    /// A client whose calls something other than HTTP takes to an installation.
    package init(
        carrier: any Carrier,
        configuration: QueueFlowClientConfiguration = QueueFlowClientConfiguration(),
        logger: Logger = Logger(label: "queueflow.client")
    ) {
        transport = Transport(
            carrier: carrier,
            credential: .apiKey("none"),
            configuration: configuration,
            logger: logger
        )
    }

    /// Ends the client: its session and its connections. Calls under way fail. To be called once it is needed no more.
    public func shutdown() async {
        await transport.shutdown()
    }
}

/// Runs a body with a client, which is shut down at its end.
///
/// - Throws: What the body throws; ``QueueFlowError`` when the URL is none of HTTP.
public func withQueueFlowClient<Result>(
    url: String,
    credential: QueueFlowCredential,
    configuration: QueueFlowClientConfiguration = QueueFlowClientConfiguration(),
    logger: Logger = Logger(label: "queueflow.client"),
    isolation: isolated (any Actor)? = #isolation,
    _ body: (QueueFlowClient) async throws -> Result
) async throws -> Result {
    let client = try QueueFlowClient(url: url, credential: credential, configuration: configuration, logger: logger)
    return try await client.withShutdown(body)
}

/// Runs a body with a client as the environment says, which is shut down at its end.
///
/// - Parameters:
///   - environment: The process's own, unless given.
///   - configuration: How long the client waits and how often it tries.
///   - logger: Gets, at level debug, what is tried again and why.
///   - isolation: The actor on which the body runs: the caller's.
///   - body: Is given the client.
/// - Throws: What the body throws; ``QueueFlowError`` that names the variable that is missing or wrong.
public func withQueueFlowClient<Result>(
    environment: [String: String]? = nil,
    configuration: QueueFlowClientConfiguration = QueueFlowClientConfiguration(),
    logger: Logger = Logger(label: "queueflow.client"),
    isolation: isolated (any Actor)? = #isolation,
    _ body: (QueueFlowClient) async throws -> Result
) async throws -> Result {
    let client = try QueueFlowClient(environment: environment, configuration: configuration, logger: logger)
    return try await client.withShutdown(body)
}

extension QueueFlowClient {
    fileprivate func withShutdown<Result>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (QueueFlowClient) async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body(self)
            await shutdown()
            return result
        } catch {
            await shutdown()
            throw error
        }
    }
}
