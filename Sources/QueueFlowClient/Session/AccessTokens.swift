import Foundation
import NIOHTTP1

/// The tokens of one session. However many tasks need one, they are renewed once.
actor AccessTokens {
    /// By what new tokens are asked for.
    enum Proof: Sendable {
        case password
        case refreshToken(String)
    }

    private let renew: @Sendable (Proof) async throws -> Tokens
    private var tokens: Tokens?
    private var isRenewing = false
    private var waiters: [UInt64: CheckedContinuation<String, any Error>] = [:]
    private var last: UInt64 = 0

    /// Tokens that are got when first needed.
    init(renew: @escaping @Sendable (Proof) async throws -> Tokens) {
        self.renew = renew
    }

    /// The token that would be used now; nil when there is none.
    var current: String? { tokens?.accessToken }

    /// A token that is good for a while.
    ///
    /// - Parameter refused: One that was refused, so that it must not be this one.
    /// - Throws: ``QueueFlowError`` when there is none to be had; `CancellationError`.
    func token(insteadOf refused: String? = nil) async throws -> String {
        if let tokens, tokens.accessToken != refused, tokens.renewal > .now { return tokens.accessToken }
        if !isRenewing {
            isRenewing = true
            let refreshToken = tokens?.refreshToken
            // Not the caller's: others wait for it, too.
            Task.detached { [renew] in
                await self.finish(with: Self.renewed(by: refreshToken, renew))
            }
        }
        last += 1
        let number = last
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                if Task.isCancelled {
                    waiter.resume(throwing: CancellationError())
                } else {
                    waiters[number] = waiter
                }
            }
        } onCancel: {
            Task { await self.cancel(number) }
        }
    }

    /// A refresh token that is good no more is not the end: the password may be.
    private static func renewed(
        by refreshToken: String?,
        _ renew: @Sendable (Proof) async throws -> Tokens
    ) async -> Result<Tokens, any Error> {
        do {
            if let refreshToken {
                do {
                    return .success(try await renew(.refreshToken(refreshToken)))
                } catch let error as QueueFlowError where error.kind == .notAuthenticated {}
            }
            return .success(try await renew(.password))
        } catch {
            return .failure(error)
        }
    }

    private func finish(with result: Result<Tokens, any Error>) {
        isRenewing = false
        // After a failure the refresh token may have been used up: then it is refused, and the password asked for.
        if case .success(let renewed) = result { tokens = renewed }
        for waiter in waiters.values { waiter.resume(with: result.map(\.accessToken)) }
        waiters = [:]
    }

    private func cancel(_ number: UInt64) {
        waiters.removeValue(forKey: number)?.resume(throwing: CancellationError())
    }
}

/// What a session is gone on with (RFC 6749, section 5.1).
struct Tokens: Sendable {
    var accessToken: String
    var refreshToken: String
    /// When to ask for the next one.
    var renewal: ContinuousClock.Instant
}

extension Exchange {
    private struct Grant: Decodable {
        var accessToken: String
        var refreshToken: String
        var expiresIn: Double

        private enum CodingKeys: String, CodingKey {
            case accessToken = "access_token", refreshToken = "refresh_token", expiresIn = "expires_in"
        }
    }

    /// Opens a session by a password.
    func signIn(username: String, password: String) async throws -> Tokens {
        try await tokens("/login", "signing in as '\(username)'", ["username": username, "password": password])
    }

    /// Goes on with a session.
    func refresh(_ token: String) async throws -> Tokens {
        try await tokens("/token/refresh", "refreshing the session", ["refresh_token": token])
    }

    private func tokens(_ path: String, _ action: String, _ body: [String: String]) async throws -> Tokens {
        let asked = ContinuousClock.now
        let answer = try await send(.post(path, action, try JSONEncoder().encode(body)))
        do {
            let grant = try JSONDecoder().decode(Grant.self, from: answer.body)
            return Tokens(
                accessToken: grant.accessToken,
                refreshToken: grant.refreshToken,
                renewal: asked + .seconds(grant.expiresIn) - min(.seconds(30), .seconds(grant.expiresIn / 10))
            )
        } catch {
            var error = QueueFlowError(.unexpectedAnswer, "the answer has no tokens")
            error.action = action
            throw error
        }
    }
}
