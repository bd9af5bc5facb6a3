import CLibPQ
import Logging

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
