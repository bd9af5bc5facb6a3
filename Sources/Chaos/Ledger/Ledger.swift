import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// What handlers really did, written outside QueueFlow: one line an event, appended to a file by all workers.
///
/// A line is written by one `write(2)` to a file opened with `O_APPEND`, so lines of several processes do not mix, and what
/// was written survives `kill -9`.
final class Ledger: Sendable {
    private let descriptor: Int32

    /// Opens the file for appending, or makes it.
    ///
    /// - Throws: `POSIXError` if it cannot be.
    init(path: String) throws {
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    deinit { close(descriptor) }

    /// Appends an entry.
    ///
    /// - Throws: `POSIXError` if it cannot be written; the ledger must be complete.
    func write(_ entry: LedgerEntry) throws {
        var line = entry.line + "\n"
        let count = line.withUTF8 { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        guard count == line.utf8.count else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    /// All entries of a file, in the order in which they were written.
    static func entries(at path: String) throws -> [LedgerEntry] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap(LedgerEntry.init)
    }
}

/// One line of the ledger.
struct LedgerEntry: Hashable, Sendable {
    /// What a handler did.
    enum Event: String, Hashable, Sendable {
        /// It was called.
        case start
        /// It returned.
        case success
        /// It threw on purpose.
        case failure
        /// It was stopped by the cancellation of its task.
        case stopped
    }

    var job: String
    var run: Int
    var attempt: Int
    /// The worker's name, which stays when its process is started again.
    var worker: String
    var process: Int32
    var event: Event
    /// When, as this machine's clock tells it: the database's clock is the same.
    var time: Date

    var line: String {
        "\(job) \(run) \(attempt) \(worker) \(process) \(event.rawValue) \(Int64(time.timeIntervalSince1970 * 1e6))"
    }

    init(job: String, run: Int, attempt: Int, worker: String, process: Int32, event: Event, time: Date) {
        self.job = job
        self.run = run
        self.attempt = attempt
        self.worker = worker
        self.process = process
        self.event = event
        self.time = time
    }

    /// Reads a line; nil when it is none.
    init?(_ line: some StringProtocol) {
        let words = line.split(separator: " ")
        guard words.count == 7, let run = Int(words[1]), let attempt = Int(words[2]), let process = Int32(words[4]),
            let event = Event(rawValue: String(words[5])), let microseconds = Int64(words[6])
        else { return nil }
        self.init(
            job: String(words[0]),
            run: run,
            attempt: attempt,
            worker: String(words[3]),
            process: process,
            event: event,
            time: Date(timeIntervalSince1970: Double(microseconds) / 1e6)
        )
    }
}
