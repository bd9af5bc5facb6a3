#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A refusal of the operating system to give what a loop or a thread needs.
public struct ThreadingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was being done, for example `start a thread`.
    public let operation: String
    /// The `errno` value.
    public let code: CInt

    /// Makes an error from an `errno` value.
    public init(operation: String, code: CInt) {
        self.operation = operation
        self.code = code
    }

    /// The system's reason.
    package var reason: String { String(cString: strerror(code)) }

    /// A sentence naming the operation, the system's reason and, where there is one, the remedy.
    public var description: String {
        let text = "Cannot \(operation): \(reason) (errno \(code))."
        switch code {
        case EMFILE, ENFILE: return text + " Raise the limit of open files (ulimit -n) or open fewer connections."
        case EAGAIN: return text + " Raise the limit of threads (ulimit -u) or of the container's pids."
        default: return text
        }
    }
}
