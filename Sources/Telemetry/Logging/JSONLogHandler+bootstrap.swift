import Glibc
public import Logging

extension JSONLogHandler {
    /// Makes this the process's logging backend, on standard error, with the active trace on every line.
    ///
    /// Call it once, before the first `Logger` is made: swift-log stops the process at a second call. Lines still
    /// unwritten when the process exits are written then. `SIGPIPE` is ignored from here on.
    ///
    /// - Parameters:
    ///   - level: The lowest level that is written.
    ///   - service: The process's role, such as `job-service`.
    public static func bootstrap(level: Logger.Level, service: String) {
        LoggingSystem.bootstrap(
            { label, provider in
                JSONLogHandler(label: label, service: service, level: level, metadataProvider: provider)
            },
            metadataProvider: .traceContext
        )
        // A reader of standard error that goes away ends its lines, not the process.
        signal(SIGPIPE, SIG_IGN)
        atexit { LogOutput.standardError.flush() }
    }
}
