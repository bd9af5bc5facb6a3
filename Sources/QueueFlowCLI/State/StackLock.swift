import Foundation

/// Keeps two commands from starting and stopping the same stack at once; released with the process at the latest.
final class StackLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Throws: ``StackError/busy(directory:)`` when another command holds it.
    init(_ directory: StackDirectory) throws(StackError) {
        let path = directory.lock.path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .busy(directory: directory.root.path)
        }
    }

    deinit { close(descriptor) }
}
