import Foundation
import JobCore

/// Who makes a request, and by what that was proved.
struct Caller: Sendable {
    /// Who it is.
    var principal: Principal
    /// By what it was proved.
    var credential: Credential
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
