public import Foundation

/// Something that is good no more although it has not expired.
public enum Revocation: Hashable, Sendable {
    /// An account's access tokens that were issued before its epoch was this.
    case user(UUID, epoch: Int)
    /// All tokens that descend from one login.
    case session(UUID)
    /// An API key.
    case key(UUID)
}
