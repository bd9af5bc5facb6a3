#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A pipe to oneself: a byte written by any thread ends the `poll` of the thread that watches the read end.
struct WakePipe: ~Copyable, Sendable {
    let readEnd: CInt
    private let writeEnd: CInt

    init() throws(ThreadingError) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ThreadingError(operation: "open a pipe", code: errno) }
        (readEnd, writeEnd) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    /// Ends the current `poll`, or the next one. A full pipe is a wake-up already under way.
    func wake() {
        var byte: UInt8 = 1
        while write(writeEnd, &byte, 1) < 0, errno == EINTR {}
    }

    /// Takes what was written, so that the next `poll` sleeps again.
    func drain() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { scratch in
            while true {
                let count = read(readEnd, scratch.baseAddress, scratch.count)
                guard count == scratch.count || (count < 0 && errno == EINTR) else { return }
            }
        }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }
}
