public import Foundation

/// The end of a log file, for error messages.
public enum LogTail {
    /// Reads the last lines of a file without reading the rest of it.
    ///
    /// - Parameters:
    ///   - file: The log file; one that does not exist counts as empty.
    ///   - lines: How many lines at most.
    ///   - bytes: How many bytes at most.
    ///   - width: How many characters of a line at most; what is cut off shows as an ellipsis.
    /// - Returns: The lines, without a line break at the end.
    public static func read(
        _ file: URL,
        lines: Int = 20,
        bytes: Int = 16 * 1024,
        width: Int = .max
    ) -> String {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return "" }
        defer { try? handle.close() }
        guard let size = try? handle.seekToEnd() else { return "" }
        try? handle.seek(toOffset: size - min(size, UInt64(bytes)))
        guard let data = try? handle.readToEnd() else { return "" }
        // Cut inside a character is possible at the start of what was read; it shows as a replacement character.
        return String(decoding: data, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: true)
            .suffix(lines)
            .map { $0.count > width ? $0.prefix(width) + "..." : $0 }
            .joined(separator: "\n")
    }
}
