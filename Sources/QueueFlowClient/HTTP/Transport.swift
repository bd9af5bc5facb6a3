import Foundation
import Logging
import Synchronization

/// Makes calls in the name of a credential.
final class Transport: Sendable {
    /// How long the end of a session may hold up the end of the client.
    private static let logoutTimeout = Duration.seconds(2)

    let configuration: QueueFlowClientConfiguration
    private let credential: QueueFlowCredential
    private let exchange: Exchange
    /// Those of who signs in; nil for who has a key.
    private let tokens: AccessTokens?
    private let isShutDown = Atomic(false)

    convenience init(
        url: String,
        credential: QueueFlowCredential,
        configuration: QueueFlowClientConfiguration,
        logger: Logger
    ) throws(QueueFlowError) {
        guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme?.lowercased()),
            parts.host?.isEmpty == false, parts.query == nil, parts.fragment == nil
        else {
            throw .configuration("'\(url)' is no URL of a REST API, such as https://jobs.example.com")
        }
        self.init(
            carrier: HTTPCarrier(url: url, configuration: configuration),
            credential: credential,
            configuration: configuration,
            logger: logger
        )
    }

    /// Makes calls by a carrier.
    init(
        carrier: any Carrier,
        credential: QueueFlowCredential,
        configuration: QueueFlowClientConfiguration,
        logger: Logger
    ) {
        let exchange = Exchange(carrier: carrier, configuration: configuration, logger: logger)
        self.configuration = configuration
        self.credential = credential
        self.exchange = exchange
        tokens =
            switch credential.kind {
            case .apiKey: nil
            case .password(let username, let password):
                AccessTokens { proof in
                    switch proof {
                    case .password: try await exchange.signIn(username: username, password: password)
                    case .refreshToken(let token): try await exchange.refresh(token)
                    }
                }
            }
    }

    deinit {
        guard !isShutDown.load(ordering: .relaxed) else { return }
        // Its connections must not outlive it.
        Task { [exchange] in await exchange.carrier.shutdown() }
    }

    /// Makes a call.
    ///
    /// - Throws: ``QueueFlowError``, also for every answer that is no success; `CancellationError`.
    func send(_ call: Call) async throws -> Answer {
        guard !isShutDown.load(ordering: .relaxed) else {
            var error = QueueFlowError(.shutDown, "the client was shut down")
            error.action = call.action
            throw error
        }
        guard let tokens else {
            guard case .apiKey(let key) = credential.kind else { return try await exchange.send(call) }
            return try await exchange.send(call, signedBy: ("X-API-Key", key))
        }
        let token = try await tokens.token()
        do {
            return try await exchange.send(call, signedBy: ("Authorization", "Bearer \(token)"))
        } catch let error as QueueFlowError where error.kind == .notAuthenticated {
            // Revoked, or expired by the installation's clock. A new one may do; a second refusal is final.
            let token = try await tokens.token(insteadOf: token)
            return try await exchange.send(call, signedBy: ("Authorization", "Bearer \(token)"))
        }
    }

    /// Ends the session and the connections.
    func shutdown() async {
        guard !isShutDown.exchange(true, ordering: .relaxed) else { return }
        if let token = await tokens?.current {
            var call = Call.post("/logout", "signing out")
            call.deadline = .now + Self.logoutTimeout
            _ = try? await exchange.send(call, signedBy: ("Authorization", "Bearer \(token)"))
        }
        await exchange.carrier.shutdown()
    }
}
