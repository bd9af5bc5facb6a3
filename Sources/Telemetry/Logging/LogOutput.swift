import Dispatch
import Formats
import Glibc
import Synchronization

/// Where finished log lines go: a file descriptor with a thread of its own.
///
/// A caller never waits for the descriptor. ``write(_:)`` puts the line in a bounded backlog and a serial dispatch
/// queue writes it, one `write(2)` a line, so a reader that stalls (a full pipe, a slow disk) cannot stall jobs. Lines
/// of up to `PIPE_BUF` (4 096) bytes are therefore not mixed with those of other processes on the same pipe. When the
/// backlog is full, lines are dropped and counted, and one warning line tells how many once the reader catches up.
///
/// A process that is killed or crashes may lose its very last lines; one that exits does not, see ``flush(timeout:)``.
public final class LogOutput: Sendable {
    /// The process's standard error.
    public static let standardError = LogOutput(fileDescriptor: STDERR_FILENO)

    private struct Backlog {
        var lines: [[UInt8]] = []
        var bytes = 0
        var dropped = 0
        var isDraining = false
    }

    private let fileDescriptor: CInt
    private let capacity: Int
    private let backlog = Mutex(Backlog())
    private let totalDropped = Atomic<Int>(0)
    private let queue = DispatchQueue(label: "queueflow.log-output")

    /// Creates an output on an open descriptor, which stays the caller's to close.
    ///
    /// - Parameters:
    ///   - fileDescriptor: An open, writable descriptor, blocking or not.
    ///   - capacity: The most bytes of lines to hold behind those being written; further lines are dropped.
    public init(fileDescriptor: CInt, capacity: Int = 4 << 20) {
        self.fileDescriptor = fileDescriptor
        self.capacity = capacity
    }

    /// The number of lines dropped so far, because the backlog was full or the descriptor refused them.
    public var droppedLines: Int {
        totalDropped.load(ordering: .relaxed)
    }

    /// Hands a line over for writing; never waits for the descriptor.
    ///
    /// - Parameter line: The bytes to write, ending in a newline.
    public func write(_ line: [UInt8]) {
        let mustStart = backlog.withLock { backlog in
            guard backlog.bytes + line.count <= capacity else {
                backlog.dropped += 1
                totalDropped.add(1, ordering: .relaxed)
                return false
            }
            backlog.lines.append(line)
            backlog.bytes += line.count
            defer { backlog.isDraining = true }
            return !backlog.isDraining
        }
        if mustStart {
            queue.async { self.drain() }
        }
    }

    /// Waits until every line handed over before the call is written; for use at exit, not in async code.
    ///
    /// - Parameter timeout: The longest wait, so that a stalled reader cannot keep a process from exiting.
    /// - Returns: Whether the lines were written in time.
    @discardableResult
    public func flush(timeout: Duration = .seconds(1)) -> Bool {
        let written = DispatchWorkItem {}
        queue.async(execute: written)
        return written.wait(timeout: .now() + timeout / .seconds(1)) == .success
    }

    /// Runs on `queue` only, and ends when the backlog is empty.
    private func drain() {
        while let (lines, dropped) = takeBacklog() {
            for line in lines {
                writeFully(line)
            }
            if dropped > 0 {
                writeFully(Self.dropWarning(count: dropped))
            }
        }
    }

    private func takeBacklog() -> (lines: [[UInt8]], dropped: Int)? {
        backlog.withLock { backlog in
            guard !backlog.lines.isEmpty else {
                backlog.isDraining = false
                return nil
            }
            defer { backlog = Backlog(isDraining: true) }
            return (backlog.lines, backlog.dropped)
        }
    }

    private func writeFully(_ line: [UInt8]) {
        let isWritten = line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(fileDescriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    waitUntilWritable()
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
        if !isWritten {
            totalDropped.add(1, ordering: .relaxed)
        }
    }

    /// Somebody else may have made the descriptor non-blocking: standard error is often shared between processes.
    private func waitUntilWritable() {
        var request = pollfd(fd: fileDescriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&request, 1, -1)
    }

    private static func dropWarning(count: Int) -> [UInt8] {
        var text = JSONWriter()
        text.object { text in
            text.member("time", RFC3339.now())
            text.member("level", "warning")
            text.member("message", "log lines were dropped because the reader was too slow")
            text.member("logger", "telemetry")
            text.member("dropped", count)
        }
        text.newline()
        return text.bytes
    }
}
