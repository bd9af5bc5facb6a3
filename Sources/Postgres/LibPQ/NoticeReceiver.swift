import CLibPQ
import Logging

/// Writes the server's notices to the log.
final class NoticeReceiver {
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// Called by libpq on the thread that reads the connection's input, during that call. The result belongs to libpq.
    static let receive: PQnoticeReceiver = { argument, result in
        guard let argument, let result else { return }
        let receiver = Unmanaged<NoticeReceiver>.fromOpaque(argument).takeUnretainedValue()
        receiver.logger.debug(
            "notice from PostgreSQL",
            metadata: ["notice": "\(String(cString: PQresultErrorMessage(result)).onOneLine)"]
        )
    }
}
