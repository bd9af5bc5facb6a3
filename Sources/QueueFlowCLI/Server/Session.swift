import Formats
import Foundation

/// A session at an installation: gives out access tokens and renews them by itself.
///
/// Commands that run at once share what is kept: a refresh token is good once, so that whoever renews holds the file.
actor Session {
    /// What a session is gone on with (RFC 6749, section 5.1).
    struct Tokens: Sendable, Hashable {
        var access: String
        var refresh: String
        /// From when on the access token is no longer used.
        var expiresAt: Date
    }

    private let client: APIClient
    /// Where the tokens are kept between commands; nil keeps them in memory.
    private let keptIn: (file: ConfigFile, profile: String)?
    /// By what a new session is begun; nil has the user do it.
    private let account: (name: String, password: String)?
    private var tokens: Tokens?
    private var renewal: Task<Tokens, any Error>?

    init(
        address: String,
        timeout: Duration,
        keptIn: (file: ConfigFile, profile: String)?,
        account: (name: String, password: String)?
    ) {
        client = APIClient(address: address, credential: .none, timeout: timeout)
        self.keptIn = keptIn
        self.account = account
    }

    /// A token that should be good.
    func token() async throws -> String {
        if tokens == nil { tokens = try kept() }
        if let tokens, tokens.expiresAt > Date() { return tokens.access }
        return try await renewed(tokens?.access)
    }

    /// Another token than one that was refused.
    func token(insteadOf refused: String) async throws -> String {
        if let tokens, tokens.access != refused { return tokens.access }
        return try await renewed(refused)
    }

    private func kept() throws -> Tokens? {
        guard let keptIn else { return nil }
        return try keptIn.file.read().profiles[keptIn.profile]?.tokens
    }

    private func renewed(_ refused: String?) async throws -> String {
        let task = renewal ?? Task { try await renew(refused) }
        renewal = task
        defer { renewal = nil }
        let tokens = try await task.value
        self.tokens = tokens
        return tokens.access
    }

    private func renew(_ refused: String?) async throws -> Tokens {
        guard let keptIn else { return try await renew(from: tokens) }
        return try await keptIn.file.change { config in
            // Another command may have renewed it meanwhile.
            let kept = config.profiles[keptIn.profile]?.tokens
            if let kept, kept.access != refused, kept.expiresAt > Date() { return kept }
            let renewed = try await self.renew(from: kept)
            config.profiles[keptIn.profile, default: Profile(url: self.client.address)].tokens = renewed
            return renewed
        }
    }

    private func renew(from tokens: Tokens?) async throws -> Tokens {
        if let tokens {
            let call = APICall(.post, "/token/refresh") { $0.member("refresh_token", tokens.refresh) }
            let answer = try await client.exchange(call)
            if answer.status == 200 { return try Tokens(answer) }
            guard answer.status == 401 else { throw client.failure(answer, to: call) }
        }
        guard let account else {
            throw CommandFailure(
                .authentication,
                "the session at \(client.address) has ended; begin another with: queueflow login"
            )
        }
        return try await Self.signIn(client, name: account.name, password: account.password)
    }

    /// Begins a session.
    ///
    /// - Throws: ``CommandFailure``, also for a wrong password.
    static func signIn(_ client: APIClient, name: String, password: String) async throws -> Tokens {
        let call = APICall(.post, "/login") {
            $0.member("username", name)
            $0.member("password", password)
        }
        let answer = try await client.exchange(call)
        if answer.status == 401 {
            throw CommandFailure(.authentication, "\(client.address) does not accept this name and password")
        }
        guard answer.status == 200 else { throw client.failure(answer, to: call) }
        return try Tokens(answer)
    }
}

extension Session.Tokens {
    /// Those in the answer to a login or a refresh.
    fileprivate init(_ answer: APIAnswer) throws {
        let json = try answer.json()
        guard let access = json.text("access_token"), let refresh = json.text("refresh_token"),
            let lifetime = json.at("expires_in")?.double
        else { throw CommandFailure(.failure, "the server's answer has no tokens") }
        // Renewed a little early, so that none expires on its way.
        let margin = min(30, lifetime / 10)
        self.init(access: access, refresh: refresh, expiresAt: Date(timeIntervalSinceNow: lifetime - margin))
    }
}
