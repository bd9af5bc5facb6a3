import Crypto
import Foundation
import JobCore
import JobStore

/// Finds out who somebody is by what they send along.
struct Authentication: Sendable {
    let tokens: AccessTokens
    let keys: APIKeys
    let revocations: RevocationList
    private let workerToken: WorkerToken?

    /// Knows the bearers of access tokens, API keys and the workers' shared secret.
    ///
    /// - Parameter workerToken: The secret; nil when there is none.
    init(keys: SigningKeys, store: APIKeyStore, revocations: RevocationList, workerToken: String?) {
        tokens = AccessTokens(keys: keys, revocations: revocations)
        self.keys = APIKeys(store: store, revocations: revocations)
        self.revocations = revocations
        self.workerToken = workerToken.map(WorkerToken.init)
    }

    /// Who a worker is, by what it sends: the shared secret, an API key or an access token. Nil when it is none of them.
    ///
    /// - Throws: What the store throws.
    func caller(ofControl text: String) async throws -> Caller? {
        if let workerToken, workerToken.matches(text) {
            let principal = Principal(subject: "worker", tenant: .default, role: .worker)
            return Caller(principal: principal, credential: .workerToken, expiresAt: nil)
        }
        return APIKeys.isKey(text) ? try await keys.caller(of: text) : await tokens.caller(of: text)
    }
}

/// The secret that workers and job-services share.
private struct WorkerToken: Sendable {
    private let key = SymmetricKey(size: .bits256)
    private let code: HMAC<SHA256>.MAC

    init(_ secret: String) {
        code = Self.code(secret, key)
    }

    /// Whether text is the secret: codes under a key of this process are compared, in constant time and whatever their lengths.
    func matches(_ text: String) -> Bool {
        Self.code(text, key) == code
    }

    private static func code(_ text: String, _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }
}

/// Who makes a request, and by what that was proved.
struct Caller: Sendable {
    /// Who it is.
    var principal: Principal
    /// By what it was proved.
    var credential: Credential
    /// When that is good no more; nil when it ends only by being revoked.
    var expiresAt: Date?

    /// Whose jobs alone it may run as a worker; nil means everybody's, by the secret of the installation's own workers.
    var servedTenant: TenantName? { credential == .workerToken ? nil : principal.tenant }

    /// For whom the places are counted that it takes.
    var holder: FairPlaces.Holder { FairPlaces.Holder(tenant: principal.tenant, principal: principal.subject) }

    /// Whether it would be let in now.
    func isGood(by revocations: RevocationList, at now: Date = Date()) -> Bool {
        isProved(by: revocations, at: now) && !isClosed(by: revocations)
    }

    /// Whether its credential is worth something, be its tenant suspended or not.
    func isProved(by revocations: RevocationList, at now: Date = Date()) -> Bool {
        expiresAt.map { now < $0 } ?? true && !credential.isRevoked(by: revocations)
    }

    /// Whether its tenant is suspended or being removed.
    func isClosed(by revocations: RevocationList) -> Bool {
        servedTenant.map(revocations.isClosed) ?? false
    }

    /// How long it is good unless it is revoked, or the clock is set: that is looked at each minute.
    var remaining: Duration {
        let longest: TimeInterval = 60
        guard let expiresAt else { return .seconds(longest) }
        return .seconds(min(longest, max(0, expiresAt.timeIntervalSinceNow) + 0.001))
    }

    /// What it may do, and so give. A session ends, but its account can begin another.
    var grant: Grant {
        if case .key = credential { Grant(principal, expiresAt: expiresAt) } else { Grant(principal, expiresAt: nil) }
    }
}

/// What somebody proved who they are by.
enum Credential: Hashable, Sendable {
    /// An access token of a session, which an account got when its epoch was this.
    case session(UUID, user: UUID, epoch: Int)
    /// An API key.
    case key(UUID)
    /// The secret that workers and job-services share.
    case workerToken

    /// Whether it is good no more.
    func isRevoked(by revocations: RevocationList) -> Bool {
        switch self {
        case .session(let id, let user, let epoch):
            revocations.revokesToken(session: id, user: user, epoch: epoch)
        case .key(let id): revocations.revokes(key: id)
        case .workerToken: false
        }
    }
}
