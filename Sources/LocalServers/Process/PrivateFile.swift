public import Foundation

/// Files that only their owner can read.
public enum PrivateFile {
    /// Replaces a file as a whole; its mode is 0600 from the first moment, and a reader sees the old text or the new.
    ///
    /// - Throws: ``LocalServerError/file(path:reason:)``.
    public static func write(_ text: String, to file: URL) throws(LocalServerError) {
        let temporary = file.path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(temporary) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        } catch {
            throw .file(path: temporary, reason: error.localizedDescription)
        }
        guard rename(temporary, file.path) == 0 else { throw failure(file.path) }
    }

    private static func failure(_ path: String) -> LocalServerError {
        .file(path: path, reason: String(cString: strerror(errno)))
    }
}
