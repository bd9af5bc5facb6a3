#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The waits of one loop, and the `poll` call that serves them.
///
/// `poll` keeps no registration in the kernel, so a descriptor that a C library closes and the system hands
/// out again can never be confused with its predecessor. For the dozens of descriptors of a client this
/// costs no more than `epoll`.
struct PollSet {
    /// One suspended caller.
    struct Wait {
        let id: UInt64
        /// -1 for a wait on a deadline or a signal alone; `poll` skips it.
        let descriptor: CInt
        let interest: DescriptorInterest
        let deadline: ContinuousClock.Instant?
        let continuation: CheckedContinuation<WaitOutcome, Never>
    }

    /// Entry 0 is the wake pipe; entry i + 1 belongs to `waits[i]`.
    private var entries: [pollfd]
    private var waits: [Wait] = []

    init(wakePipe: CInt) {
        entries = [pollfd(fd: wakePipe, events: Int16(POLLIN), revents: 0)]
    }

    var isEmpty: Bool { waits.isEmpty }

    mutating func add(_ wait: Wait) {
        var events: Int32 = 0
        if wait.interest.contains(.read) { events |= Int32(POLLIN) }
        if wait.interest.contains(.write) { events |= Int32(POLLOUT) }
        waits.append(wait)
        entries.append(pollfd(fd: wait.descriptor, events: Int16(events), revents: 0))
    }

    /// Ends the wait `id`, if it is still under way.
    mutating func end(_ id: UInt64, with outcome: WaitOutcome) {
        guard let index = waits.firstIndex(where: { $0.id == id }) else { return }
        remove(at: index).continuation.resume(returning: outcome)
    }

    mutating func endAll(with outcome: WaitOutcome) {
        while !waits.isEmpty {
            remove(at: waits.count - 1).continuation.resume(returning: outcome)
        }
    }

    /// Sleeps until something is ready, the first deadline passes or the wake pipe is written to.
    ///
    /// - Parameter mayBlock: `false` only looks.
    /// - Returns: Whether the wake pipe was written to.
    mutating func poll(mayBlock: Bool) -> Bool {
        let timeout = mayBlock ? millisecondsToFirstDeadline() : 0
        #if canImport(Darwin)
        let count = Darwin.poll(&entries, nfds_t(entries.count), timeout)
        #elseif canImport(Musl)
        let count = Musl.poll(&entries, nfds_t(entries.count), timeout)
        #else
        let count = Glibc.poll(&entries, nfds_t(entries.count), timeout)
        #endif
        // EINTR and ENOMEM leave `revents` undefined; the next turn polls again.
        guard count >= 0 else { return false }
        return count > 0 && entries[0].revents != 0
    }

    /// Resumes the waits that the last `poll` found ready, and those whose deadline has passed.
    mutating func resumeEnded() {
        var now: ContinuousClock.Instant?
        for index in waits.indices.reversed() {
            let found = Int32(entries[index + 1].revents)
            if found != 0 {
                let wait = remove(at: index)
                wait.continuation.resume(returning: .ready(Self.interest(of: found, asked: wait.interest)))
            } else if let deadline = waits[index].deadline {
                let current = now ?? .now
                now = current
                if deadline <= current { remove(at: index).continuation.resume(returning: .timedOut) }
            }
        }
    }

    private mutating func remove(at index: Int) -> Wait {
        waits.swapAt(index, waits.count - 1)
        entries.swapAt(index + 1, entries.count - 1)
        entries.removeLast()
        return waits.removeLast()
    }

    private static func interest(of found: Int32, asked: DescriptorInterest) -> DescriptorInterest {
        guard found & Int32(POLLERR | POLLHUP | POLLNVAL) == 0 else { return asked }
        var ready: DescriptorInterest = []
        if found & Int32(POLLIN) != 0 { ready.insert(.read) }
        if found & Int32(POLLOUT) != 0 { ready.insert(.write) }
        return ready
    }

    /// -1 when there is no deadline; rounded up, so that a wait never ends before its deadline.
    private func millisecondsToFirstDeadline() -> Int32 {
        guard let first = waits.lazy.compactMap(\.deadline).min() else { return -1 }
        let left = ContinuousClock.now.duration(to: first)
        return Int32(clamping: max(0, left.millisecondsRoundedUp))
    }
}
