import CLibPQ
import Logging

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A `PGconn`: every call of libpq that concerns a connection, and nothing else.
///
/// libpq lets one thread at a time use a connection; the actor that owns this object sees to that. None of
/// these calls waits for the server: the connection is in non-blocking mode.
final class PQConnection {
    private let handle: OpaquePointer
    private let notices: NoticeReceiver

    /// Begins to connect; ``poll()`` carries on.
    ///
    /// - Throws: When libpq is out of memory.
    init(_ settings: [(keyword: String, value: String)], logger: Logger) throws(PostgresError) {
        let keywords = CStringArray(settings.map(\.keyword))
        let values = CStringArray(settings.map(\.value))
        guard let handle = PQconnectStartParams(keywords.pointer, values.pointer, 0) else {
            throw PostgresError(.cannotConnect, operation: "connect", message: "libpq is out of memory")
        }
        self.handle = handle
        notices = NoticeReceiver(logger: logger)
        PQsetNoticeReceiver(handle, NoticeReceiver.receive, Unmanaged.passUnretained(notices).toOpaque())
    }

    deinit {
        PQfinish(handle)
    }

    /// Carries on connecting.
    func poll() -> PostgresPollingStatusType { PQconnectPoll(handle) }

    /// Makes sending non-blocking; called once, when connected.
    func becomeNonBlocking() -> Bool { PQsetnonblocking(handle, 1) == 0 }

    /// -1 when the connection is gone.
    var socket: CInt { PQsocket(handle) }
    var isBroken: Bool { PQstatus(handle) == CONNECTION_BAD }
    var needsPassword: Bool { PQconnectionNeedsPassword(handle) != 0 }
    var errorMessage: String { String(cString: PQerrorMessage(handle)).onOneLine }
    var transactionStatus: PGTransactionStatusType { PQtransactionStatus(handle) }
    var backendProcessID: Int32 { PQbackendPID(handle) }

    /// What another thread needs to cancel the statement under way.
    func makeCanceller() -> PQCanceller? { PQgetCancel(handle).map(PQCanceller.init) }

    /// Ends both directions of the socket, so that whoever waits for it wakes up and finds the connection broken.
    func shutDown() {
        if socket >= 0 { shutdown(socket, CInt(SHUT_RDWR)) }
    }

    // MARK: Sending

    /// Whether there is still something that the kernel has not taken; `nil` when the connection broke.
    func flush() -> Bool? {
        switch PQflush(handle) {
        case 0: false
        case 1: true
        default: nil
        }
    }

    func sendQuery(_ sql: String) -> Bool { PQsendQuery(handle, sql) == 1 }

    func sendPrepare(_ name: String, _ sql: String) -> Bool { PQsendPrepare(handle, name, sql, 0, nil) == 1 }

    func sendDescribe(_ name: String) -> Bool { PQsendDescribePrepared(handle, name) == 1 }

    /// Sends a prepared statement with binary parameters, asking for a binary result.
    func sendPrepared(_ name: String, _ arguments: Arguments) -> Bool {
        arguments.withPointers { values, lengths, formats in
            PQsendQueryPrepared(handle, name, Int32(values.count), values.baseAddress, lengths, formats, 1) == 1
        }
    }

    func enterPipeline() -> Bool { PQenterPipelineMode(handle) == 1 }
    func exitPipeline() -> Bool { PQexitPipelineMode(handle) == 1 }
    func sendSync() -> Bool { PQpipelineSync(handle) == 1 }

    /// Whether libpq took the bytes; `nil` when the connection broke.
    func putCopyData(_ bytes: [UInt8]) -> Bool? {
        let code = bytes.withUnsafeBytes { raw in
            PQputCopyData(handle, raw.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(raw.count))
        }
        return code < 0 ? nil : code == 1
    }

    /// Whether libpq took it; `nil` when the connection broke.
    func putCopyEnd(failure: String?) -> Bool? {
        let code = PQputCopyEnd(handle, failure)
        return code < 0 ? nil : code == 1
    }

    // MARK: Receiving

    /// Reads what has arrived; `false` when the connection broke.
    func consumeInput() -> Bool { PQconsumeInput(handle) == 1 }

    /// Whether the server has ended the idle connection: it says so somewhat before it closes the socket.
    var hasHeardTheEnd: Bool {
        // Makes libpq look at what it has read.
        _ = isBusy
        return notices.hasHeardTheEnd
    }

    /// Whether `nextResult` would have to wait.
    var isBusy: Bool { PQisBusy(handle) == 1 }

    func nextResult() -> PQResult? { PQgetResult(handle).map(PQResult.init) }

    func nextNotification() -> PostgresNotification? {
        guard let notification = PQnotifies(handle) else { return nil }
        defer { PQfreemem(notification) }
        return PostgresNotification(
            channel: String(cString: notification.pointee.relname),
            payload: String(cString: notification.pointee.extra),
            processID: notification.pointee.be_pid
        )
    }
}

/// Asks the server, over a connection of its own, to cancel what a connection is doing.
///
/// `@unchecked Sendable`: a `PGcancel` is a copy of the connection's address and key that nothing changes, and
/// `PQcancel` is documented as callable from any thread.
final class PQCanceller: @unchecked Sendable {
    private let handle: OpaquePointer

    /// Takes over a handle of `PQgetCancel`.
    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQfreeCancel(handle)
    }

    /// Sends the request and waits until the server has passed it on. Blocks.
    ///
    /// - Returns: `nil`, or why it could not be sent.
    func cancel() -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            guard PQcancel(handle, text.baseAddress, Int32(text.count)) == 0 else { return nil }
            return text.baseAddress.map { String(cString: $0).onOneLine } ?? "the request could not be sent"
        }
    }
}

/// Writes the server's notices to the log, and notices its last words.
final class NoticeReceiver {
    private let logger: Logger
    /// Whether the server has said, on an idle connection, that it ends it.
    private(set) var hasHeardTheEnd = false

    init(logger: Logger) {
        self.logger = logger
    }

    /// Called by libpq on the thread that reads the connection's input, during that call. The result belongs to libpq.
    static let receive: PQnoticeReceiver = { argument, result in
        guard let argument, let result else { return }
        let receiver = Unmanaged<NoticeReceiver>.fromOpaque(argument).takeUnretainedValue()
        // The severity that no locale translates; what follows an error of these is the end of the connection.
        let severity = PQresultErrorField(result, Int32(UnicodeScalar("V").value)).map { String(cString: $0) }
        if severity == "FATAL" || severity == "PANIC" { receiver.hasHeardTheEnd = true }
        receiver.logger.debug(
            "notice from PostgreSQL",
            metadata: ["notice": "\(String(cString: PQresultErrorMessage(result)).onOneLine)"]
        )
    }
}

/// A null-terminated array of C strings, as libpq takes keywords and values.
final class CStringArray {
    private let strings: [UnsafeMutablePointer<CChar>]
    private let array: UnsafeMutablePointer<UnsafePointer<CChar>?>

    init(_ texts: [String]) {
        strings = texts.map { text in
            let bytes = text.utf8CString
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            for (index, byte) in bytes.enumerated() { (copy + index).initialize(to: byte) }
            return copy
        }
        array = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { (array + index).initialize(to: UnsafePointer(string)) }
        (array + strings.count).initialize(to: nil)
    }

    /// Valid as long as this object lives.
    var pointer: UnsafePointer<UnsafePointer<CChar>?> { UnsafePointer(array) }

    deinit {
        for string in strings { string.deallocate() }
        array.deallocate()
    }
}
