import Formats
import Glibc
public import Logging
import Synchronization

/// A swift-log backend that writes one JSON object a line.
///
/// A line begins with `time` (RFC 3339, UTC, milliseconds), `level`, `message`, `logger` and `service`; metadata follow
/// as members of the same object, in order of their names (here in two lines, to fit the page):
///
///     {"time":"2025-01-31T09:05:00.042Z","level":"info","message":"job completed","logger":"worker",
///      "service":"worker","attempt":1,"job_id":"0194…"}
///
/// Of metadata with the same name the statement's wins over the provider's, and that over the logger's. A name of the
/// line's own members is written as `metadata.<name>`. Integers, finite floating-point numbers and Booleans passed as
/// `.stringConvertible` stay numbers and Booleans. An error given to the statement becomes `error` and `error_type`.
///
/// The handler adds nothing on its own, so a line holds no secret unless the statement passes one.
public struct JSONLogHandler: LogHandler {
    /// Strings of more bytes than this are cut, so that one statement cannot fill the backlog.
    private static let stringLimit = 16_384

    private static let ownMembers: Set<String> = ["time", "level", "message", "logger", "service"]

    /// The lowest level that is written: the process's, unless another one was set for this logger.
    public var logLevel: Logger.Level {
        get { ownLevel ?? level.current }
        set { ownLevel = newValue }
    }

    /// The metadata that every line of this logger carries.
    public var metadata: Logger.Metadata = [:]

    /// What adds metadata from the task's context, such as the trace.
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let service: String
    private let output: LogOutput
    private let level: LogLevel
    private var ownLevel: Logger.Level?
    private let folder: LogFolder?

    /// Creates a handler for one logger.
    ///
    /// - Parameters:
    ///   - label: The logger's label, written as `logger`.
    ///   - service: The process's role, such as `job-service`, written as `service`.
    ///   - level: The lowest level that is written.
    ///   - metadataProvider: What adds metadata from the task's context.
    ///   - output: Where lines go.
    ///   - folder: What folds lines that repeat themselves.
    public init(
        label: String,
        service: String,
        level: LogLevel = LogLevel(.info),
        metadataProvider: Logger.MetadataProvider? = nil,
        output: LogOutput = .standardError,
        folder: LogFolder? = nil
    ) {
        self.label = label
        self.service = service
        self.level = level
        self.folder = folder
        self.metadataProvider = metadataProvider
        self.output = output
    }

    /// The value of one of the logger's own metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line, unless it only repeats what was written.
    public func log(event: LogEvent) {
        let line = LogLine(
            label: label,
            level: event.level,
            message: event.message.description,
            metadata: merged(with: event)
        )
        guard folder?.admits(line) ?? true else { return }
        Self.write(line, service: service, to: output)
    }

    private static func write(_ line: LogLine, service: String, to output: LogOutput) {
        var text = JSONWriter(reservingCapacity: 384)
        text.object { text in
            text.member("time", RFC3339.now())
            text.member("level", line.level.rawValue)
            text.name("message")
            text.string(line.message, limit: stringLimit)
            text.member("logger", line.label)
            text.member("service", service)
            for (name, value) in line.metadata.sorted(by: { $0.key < $1.key }) {
                text.name(ownMembers.contains(name) ? "metadata." + name : name)
                append(value, to: &text)
            }
        }
        text.newline()
        output.write(text.bytes)
    }

    /// How long lines that repeat themselves are counted before it is said how many there were.
    private static let foldingInterval = Duration.seconds(60)

    /// What folds the lines of a process's own loggers.
    ///
    /// - Parameters:
    ///   - labels: The loggers' labels.
    ///   - interval: How long lines are counted.
    static func folder(
        of labels: Set<String>,
        service: String,
        interval: Duration = foldingInterval,
        output: LogOutput = .standardError
    ) -> LogFolder {
        LogFolder(labels: labels, interval: interval) { write($0, service: service, to: output) }
    }

    private func merged(with event: LogEvent) -> Logger.Metadata {
        var merged = metadata
        if let provided = metadataProvider?.get() {
            merged.merge(provided) { $1 }
        }
        if let explicit = event.metadata {
            merged.merge(explicit) { $1 }
        }
        if let error = event.error {
            merged["error"] = "\(error)"
            merged["error_type"] = "\(String(reflecting: type(of: error)))"
        }
        return merged
    }

    private static func append(_ value: Logger.MetadataValue, to line: inout JSONWriter) {
        switch value {
        case .string(let string):
            line.string(string, limit: stringLimit)
        case .stringConvertible(let number as any BinaryInteger):
            line.raw(Array(String(describing: number).utf8))
        case .stringConvertible(let number as Double) where number.isFinite:
            line.double(number)
        case .stringConvertible(let flag as Bool):
            line.bool(flag)
        case .stringConvertible(let other):
            line.string(other.description, limit: stringLimit)
        case .array(let elements):
            line.array { line in
                for element in elements { append(element, to: &line) }
            }
        case .dictionary(let members):
            line.object { line in
                for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                    line.name(name)
                    append(member, to: &line)
                }
            }
        }
    }

    /// What is asked, as the process ends, for what it has counted.
    private static let atExit = Mutex<LogFolder?>(nil)

    /// Makes this the process's logging backend, on standard error, with the active trace on every line.
    ///
    /// Call it once, before the first `Logger` is made: swift-log stops the process at a second call. Lines still
    /// unwritten when the process exits are written then. `SIGPIPE` is ignored from here on.
    ///
    /// - Parameters:
    ///   - level: The lowest level that is written.
    ///   - service: The process's role, such as `job-service`. Of its logger of that name, and of those of its parts, lines that repeat
    ///     themselves are folded; those of other loggers are whoever's wrote them.
    public static func bootstrap(level: LogLevel, service: String) {
        let folder = folder(of: [service, "batcher", "grpc.client"], service: service)
        LoggingSystem.bootstrap(
            { label, provider in
                JSONLogHandler(
                    label: label,
                    service: service,
                    level: level,
                    metadataProvider: provider,
                    folder: folder
                )
            },
            metadataProvider: .traceContext
        )
        // A reader of standard error that goes away ends its lines, not the process.
        signal(SIGPIPE, SIG_IGN)
        atExit.withLock { $0 = folder }
        atexit {
            JSONLogHandler.atExit.withLock(\.self)?.flush()
            LogOutput.standardError.flush()
        }
    }
}

/// The error of a `LOG_LEVEL` that names no level.
public struct InvalidLogLevel: Error, Equatable, CustomStringConvertible {
    /// The text that was given.
    public let text: String

    /// A sentence that says what is allowed.
    public var description: String {
        let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        return "LOG_LEVEL is \"\(text)\"; set it to one of \(levels)."
    }
}

extension Logger.Level {
    /// Reads a level from the text of `LOG_LEVEL`, in capitals or not.
    ///
    /// - Parameter text: The variable's value.
    /// - Throws: ``InvalidLogLevel`` when it names no level.
    public init(setting text: String) throws(InvalidLogLevel) {
        guard let level = Logger.Level(text) else {
            throw InvalidLogLevel(text: text)
        }
        self = level
    }
}
