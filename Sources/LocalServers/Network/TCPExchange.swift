import Dispatch
import Foundation

/// One question to a TCP server and its answer, within a time limit.
///
/// The calls block, so they run on a Dispatch queue, never on Swift's cooperative pool.
enum TCPExchange {
    private static let queue = DispatchQueue(label: "local-servers.probe", attributes: .concurrent)

    /// Connects, sends `request` and reads until `isComplete` says that the answer is whole.
    ///
    /// - Parameters:
    ///   - host: A name or an address; every address it stands for is tried.
    ///   - port: The TCP port.
    ///   - request: What to send; may be empty.
    ///   - limit: How long all of it may take.
    ///   - isComplete: Whether the bytes read so far are the whole answer. True of no bytes: only connect.
    /// - Throws: ``LocalServerError/probe(server:problem:)``.
    static func run(
        host: String,
        port: Int,
        request: [UInt8] = [],
        within limit: Duration,
        isComplete: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws(LocalServerError) -> [UInt8] {
        let result: Result<[UInt8], LocalServerError> = await withCheckedContinuation { continuation in
            queue.async {
                let deadline = ContinuousClock.now + limit
                continuation.resume(
                    returning: Result { () throws(LocalServerError) in
                        let descriptor = try connect(host: host, port: port, by: deadline)
                        defer { close(descriptor) }
                        return try exchange(descriptor, request, by: deadline, isComplete, "\(host):\(port)")
                    }
                )
            }
        }
        return try result.get()
    }

    private static func connect(
        host: String,
        port: Int,
        by deadline: ContinuousClock.Instant
    ) throws(LocalServerError) -> Int32 {
        let server = "\(host):\(port)"
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else { throw .probe(server: server, problem: String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(list) }
        var problem = "no address"
        var next = list
        while let info = next?.pointee {
            next = info.ai_next
            let kind = info.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            let descriptor = socket(info.ai_family, kind, info.ai_protocol)
            guard descriptor >= 0 else {
                problem = String(cString: strerror(errno))
                continue
            }
            var error = Foundation.connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 ? 0 : errno
            if error == EINPROGRESS {
                error = wait(descriptor, POLLOUT, deadline) ? socketError(descriptor) : ETIMEDOUT
            }
            if error == 0 { return descriptor }
            close(descriptor)
            problem = String(cString: strerror(error))
        }
        throw .probe(server: server, problem: problem)
    }

    private static func exchange(
        _ descriptor: Int32,
        _ request: [UInt8],
        by deadline: ContinuousClock.Instant,
        _ isComplete: ([UInt8]) -> Bool,
        _ server: String
    ) throws(LocalServerError) -> [UInt8] {
        var rest = request[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                guard wait(descriptor, POLLOUT, deadline) else {
                    throw .probe(server: server, problem: "no answer in time")
                }
            } else if errno != EINTR {
                throw .probe(server: server, problem: String(cString: strerror(errno)))
            }
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !isComplete(answer) {
            guard wait(descriptor, POLLIN, deadline) else { throw .probe(server: server, problem: "no answer in time") }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                answer += buffer[..<count]
                guard answer.count <= 1 << 20 else { throw .probe(server: server, problem: "an endless answer") }
            } else if count == 0 {
                throw .probe(server: server, problem: "it closed the connection")
            } else if errno != EAGAIN && errno != EINTR {
                throw .probe(server: server, problem: String(cString: strerror(errno)))
            }
        }
        return answer
    }

    /// Waits until the descriptor is ready; false when the deadline passes first.
    private static func wait(_ descriptor: Int32, _ events: Int32, _ deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return false }
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            // Rounded up, so that the last millisecond is slept through rather than spun through.
            let milliseconds = Int32(clamping: Int64(left / .milliseconds(1)) + 1)
            let count = poll(&entry, 1, milliseconds)
            if count > 0 { return true }
        }
    }

    private static func socketError(_ descriptor: Int32) -> Int32 {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
        return error
    }
}
