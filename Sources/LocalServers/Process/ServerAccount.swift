public import Foundation

/// The account that PostgreSQL runs as: the current user's, or, as PostgreSQL refuses root, `postgres`.
public struct ServerAccount: Sendable, Hashable {
    /// The account's name.
    public let name: String
    let user: uid_t
    let group: gid_t
    /// The program that changes to the account; nil when the current user is the account.
    let setpriv: String?

    /// The account for the current process.
    ///
    /// - Throws: ``LocalServerError/noServerAccount(name:)`` as root without a user `postgres`.
    public static func current() throws(LocalServerError) -> ServerAccount {
        guard geteuid() == 0 else {
            return ServerAccount(name: NSUserName(), user: geteuid(), group: getegid(), setpriv: nil)
        }
        let name = "postgres"
        guard let (user, group) = ids(of: name) else { throw .noServerAccount(name: name) }
        let setpriv = try Executables.find("setpriv", package: "util-linux")
        return ServerAccount(name: name, user: user, group: group, setpriv: setpriv)
    }

    /// The command changed so that it runs as this account.
    func running(_ command: LaunchCommand) -> LaunchCommand {
        guard let setpriv else { return command }
        var wrapped = command
        wrapped.executable = setpriv
        wrapped.arguments =
            ["--reuid=\(user)", "--regid=\(group)", "--init-groups", "--", command.executable] + command.arguments
        return wrapped
    }

    /// Whether the account may pass through every directory above `directory`.
    ///
    /// Only the permission bits and the account's own group are looked at; a path open through a further group or an
    /// access control list counts as closed.
    public func canReach(_ directory: URL) -> Bool {
        guard setpriv != nil else { return true }
        var path = directory.standardizedFileURL.resolvingSymlinksInPath().deletingLastPathComponent()
        while true {
            var status = stat()
            guard stat(path.path, &status) == 0 else { return false }
            let bit: mode_t =
                if status.st_uid == user { S_IXUSR } else if status.st_gid == group { S_IXGRP } else { S_IXOTH }
            if status.st_mode & bit == 0 { return false }
            if path.path == "/" { return true }
            path.deleteLastPathComponent()
        }
    }

    /// Lets the account pass through a directory of the current user's (mode 0710, the account's group), so that it
    /// reaches what is its own below; nothing to do when the current user is the account.
    ///
    /// - Throws: ``LocalServerError/file(path:reason:)``.
    public func letPass(through directory: URL) throws(LocalServerError) {
        guard setpriv != nil else { return }
        guard chown(directory.path, uid_t.max, group) == 0, chmod(directory.path, 0o710) == 0 else {
            throw .file(path: directory.path, reason: String(cString: strerror(errno)))
        }
    }

    /// Makes a file or directory the account's own.
    func own(_ file: URL) throws(LocalServerError) {
        guard setpriv != nil else { return }
        guard chown(file.path, user, group) == 0 else {
            throw .file(path: file.path, reason: String(cString: strerror(errno)))
        }
    }

    private static func ids(of name: String) -> (uid_t, gid_t)? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 * 1024)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return (entry.pw_uid, entry.pw_gid)
    }
}
