import Foundation

/// The account that commands of `exec` run as.
struct ExecAccount: Hashable, Sendable {
    let user: uid_t
    let group: gid_t

    /// The numbers as the guard takes them.
    var ids: String { "\(user):\(group)" }

    /// Finds an account by its name or number; nil when there is none.
    init?(_ name: String) {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 * 1024)
        let status =
            if let number = uid_t(name) {
                getpwuid_r(number, &entry, &buffer, buffer.count, &found)
            } else {
                getpwnam_r(name, &entry, &buffer, buffer.count, &found)
            }
        guard status == 0, found != nil else { return nil }
        (user, group) = (entry.pw_uid, entry.pw_gid)
    }
}
