import Foundation
import Synchronization

/// Finds TCP ports on which nothing listens.
public enum FreePort {
    /// Ports below Linux's range for outgoing connections (32768-60999), so that a port found here is not taken by
    /// some client's socket before its server binds it, or while that server is being restarted.
    static let range = 15_000..<32_000

    /// The ports given out so far: whoever got one need not have bound it yet.
    private static let given = Mutex<Set<Int>>([])

    /// Finds a free port, every time another one.
    ///
    /// Another process may still take it before it is used; callers that can should try again with another one.
    ///
    /// - Throws: ``LocalServerError/noFreePort``.
    public static func find() throws(LocalServerError) -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: range)
            if canBind(port), given.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw .noFreePort
    }

    /// Who has a port.
    public static func state(of port: Int) -> PortState {
        if canBind(port) { return .free }
        return hasListener(port) ? .listening : .closing
    }

    /// Whether anything listens on the port, on whatever address. Where the kernel shows no tables, somebody does.
    private static func hasListener(_ port: Int) -> Bool {
        let sockets = sockets()
        return sockets.isEmpty || sockets.contains { $0.port == port && $0.state == "0A" }
    }

    /// The TCP sockets of this machine by the kernel's tables (proc_pid_net(5)): a line holds the local address and port in hexadecimal and
    /// the state, of which 0A is LISTEN and 06 is TIME_WAIT.
    package static func sockets() -> [(port: Int, state: String)] {
        ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { lines(of: $0).dropFirst() }.compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 3, let text = fields[1].split(separator: ":").last, let port = Int(text, radix: 16)
            else { return nil }
            return (port, String(fields[3]))
        }
    }

    /// The lines of a file of `/proc`, read to its end: it gives a page at a time, which Foundation takes for the whole.
    private static func lines(of path: String) -> [Substring] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = read(file, &buffer, buffer.count), count > 0 { text += buffer[..<count] }
        return String(decoding: text, as: UTF8.self).split(separator: "\n")
    }

    /// Whether a server could bind the port now, on every IPv4 address of this machine.
    private static func canBind(_ port: Int) -> Bool {
        guard let number = UInt16(exactly: port), number > 0 else { return false }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // As servers do: connections of a former server that linger in TIME_WAIT do not count.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = number.bigEndian
        address.sin_addr.s_addr = INADDR_ANY
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// Who has a TCP port of this machine.
public enum PortState: Sendable, Hashable {
    /// A server can have it.
    case free
    /// A program listens there.
    case listening
    /// Nobody listens, but connections of a program that did hold the port, most of them in TIME_WAIT, which ends after a minute. Servers
    /// that set `SO_REUSEADDR`, as all of QueueFlow's do, leave none that are in the way of the next.
    case closing
}
