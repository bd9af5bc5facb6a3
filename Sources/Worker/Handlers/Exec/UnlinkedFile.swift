import Foundation
import SystemPackage

/// A file without a name, which is gone when its descriptor is closed.
///
/// What a command reads from it needs no writer that would have to outlast a command that does not read.
enum UnlinkedFile {
    /// Makes a file with some contents, to be read from its beginning. Whoever calls closes it.
    static func make(_ contents: some Sequence<UInt8>) throws -> FileDescriptor {
        let path = FileManager.default.temporaryDirectory.appending(path: "queueflow-\(UUID())").path
        let file = try FileDescriptor.open(
            FilePath(path),
            .readWrite,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        unlink(path)
        do {
            try file.writeAll(contents)
            try file.seek(offset: 0, from: .start)
            return file
        } catch {
            try? file.close()
            throw error
        }
    }
}
