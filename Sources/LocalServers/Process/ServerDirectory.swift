public import Foundation

/// Makes the directories that servers keep their files in, open to their owner only.
enum ServerDirectory {
    /// Makes a directory of mode 0700, with those above it; one that exists gets that mode.
    static func make(_ directory: URL) throws(LocalServerError) {
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw .file(path: directory.path, reason: "cannot be made: \(error.localizedDescription)")
        }
        guard chmod(directory.path, 0o700) == 0 else { throw failure(directory) }
    }

    /// Makes an empty directory of mode 0700 with a name of its own.
    ///
    /// It lies in the user's temporary directory, or in /tmp if `account` cannot enter that.
    static func makeTemporary(prefix: String, for account: ServerAccount? = nil) throws(LocalServerError) -> URL {
        var parent = FileManager.default.temporaryDirectory
        if let account, !account.canReach(parent.appending(path: prefix)) { parent = URL(filePath: "/tmp") }
        var template = Array((parent.path + "/" + prefix + "-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw failure(parent) }
        let path = template.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        return URL(filePath: path, directoryHint: .isDirectory)
    }

    private static func failure(_ file: URL) -> LocalServerError {
        .file(path: file.path, reason: String(cString: strerror(errno)))
    }
}

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
