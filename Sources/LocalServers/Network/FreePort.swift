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
            if isFree(port), given.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw .noFreePort
    }

    /// Whether a server could bind the port now, on every IPv4 address of this machine.
    public static func isFree(_ port: Int) -> Bool {
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
