import Glibc

/// Files of `/proc`, which have no size and are read until they end.
enum ProcFile {
    /// The file's text; `nil` when it cannot be read.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return nil
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count > 0 {
                content.append(contentsOf: chunk.prefix(count))
            } else if count == 0 {
                return String(decoding: content, as: UTF8.self)
            } else if errno != EINTR {
                return nil
            }
        }
    }
}
