import Foundation
import LocalServers

/// The directory `.queueflow`, which holds everything that the local stack keeps.
///
/// Only its owner can enter it. When root is the owner, PostgreSQL runs as `postgres` and has to pass through, so the
/// directory's group is then that account's, with the right to pass and nothing else (mode 0710).
struct StackDirectory: Sendable, Hashable {
    /// The directory `.queueflow` itself.
    let root: URL

    /// The directory `.queueflow` in `parent`.
    init(in parent: URL) {
        root = parent.appending(path: ".queueflow", directoryHint: .isDirectory).standardizedFileURL
    }

    /// Generated passwords and keys, mode 0600.
    var credentials: URL { root.appending(path: "credentials.env") }
    /// What `queueflow up` was told, mode 0600.
    var settings: URL { root.appending(path: "settings.json") }
    /// A fingerprint of the password that PostgreSQL's cluster has.
    var passwordMark: URL { root.appending(path: "postgres-password.fingerprint") }
    /// Held while a command starts or stops processes.
    var lock: URL { root.appending(path: "lock") }
    /// What each process writes.
    var logs: URL { root.appending(path: "logs", directoryHint: .isDirectory) }
    /// One record for each process.
    var records: URL { root.appending(path: "run", directoryHint: .isDirectory) }
    /// Redis's configuration.
    var redis: URL { root.appending(path: "redis", directoryHint: .isDirectory) }
    /// nginx's prefix: configuration, pid and temporary files.
    var nginx: URL { root.appending(path: "nginx", directoryHint: .isDirectory) }

    /// The authority and the certificate that the gateway's TLS has, unless others were given.
    var certificates: URL { root.appending(path: "certs", directoryHint: .isDirectory) }

    func log(of service: StackService) -> URL { logs.appending(path: service.rawValue + ".log") }

    func record(of service: StackService) -> URL { records.appending(path: service.rawValue + ".json") }

    /// Where the PostgreSQL cluster lies: in `.queueflow/postgres`, or, when root runs the stack in a place that the
    /// account of PostgreSQL cannot enter (`/root`), under /var/lib/queueflow, with a symbolic link to it here.
    func postgres(for account: ServerAccount) -> URL {
        let here = root.appending(path: "postgres", directoryHint: .isDirectory)
        // Seen from the parent: the directory itself may not exist yet, and is opened to the account by `make`.
        if account.canReach(root) { return here }
        return Self.elsewhere.appending(path: "postgres-" + Fingerprint.of([root.path]), directoryHint: .isDirectory)
    }

    private static let elsewhere = URL(filePath: "/var/lib/queueflow", directoryHint: .isDirectory)

    /// Makes the directory and those in it that exist from the start.
    ///
    /// - Parameter account: The account of PostgreSQL if the stack runs one.
    func make(openTo account: ServerAccount?) throws(StackError) {
        for directory in [root, logs, records] {
            do {
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            } catch {
                throw .file(path: directory.path, reason: "cannot be made: \(error.localizedDescription)")
            }
            guard chmod(directory.path, 0o700) == 0 else { throw failure(directory) }
        }
        do {
            try account?.letPass(through: root)
        } catch {
            throw .server(error)
        }
    }

    /// Makes the directory above a cluster that lies elsewhere; everyone may pass through that one.
    func makeParent(of cluster: URL) throws(StackError) {
        let parent = cluster.deletingLastPathComponent()
        guard parent.path == Self.elsewhere.path else { return }
        guard mkdir(parent.path, 0o755) == 0 || errno == EEXIST, chmod(parent.path, 0o755) == 0 else {
            throw failure(parent)
        }
    }

    /// Makes `.queueflow/postgres` a symbolic link to a cluster that lies elsewhere.
    func link(postgres cluster: URL) throws(StackError) {
        let here = root.appending(path: "postgres")
        guard here.path != cluster.path, (try? FileManager.default.destinationOfSymbolicLink(atPath: here.path)) == nil
        else { return }
        guard symlink(cluster.path, here.path) == 0 else { throw failure(here) }
    }

    private func failure(_ file: URL) -> StackError {
        .file(path: file.path, reason: String(cString: strerror(errno)))
    }
}

/// Keeps two commands from starting and stopping the same stack at once; released with the process at the latest.
final class StackLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock; makes the directory, closed to everyone else, when there is none.
    ///
    /// - Throws: ``StackError/busy(directory:)`` when another command holds it.
    init(_ directory: StackDirectory) throws(StackError) {
        let path = directory.lock.path
        try? FileManager.default.createDirectory(
            at: directory.root.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        mkdir(directory.root.path, 0o700)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .busy(directory: directory.root.path)
        }
    }

    deinit { close(descriptor) }
}
