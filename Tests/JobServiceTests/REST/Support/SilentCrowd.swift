import Foundation
import Glibc

/// Sockets that connect and say nothing, or only what they are told to. Blocks while it connects, so it is used on a thread of its own.
final class SilentCrowd: @unchecked Sendable {
    // Used by one thread at a time: that which connects, and whoever waits for it afterwards.
    private var sockets: [Int32] = []

    /// Raises the limit of open files as far as it may be, as client and server share the process, and says how many connections that allows.
    static func most(_ wanted: Int) -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 256 }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
        return min(wanted, (Int(clamping: limit.rlim_max) - 1_000) / 2)
    }

    /// Connects so many more.
    func connect(_ count: Int, to port: Int, saying text: String = "") async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                for _ in 0..<count {
                    if let socket = Self.connected(to: port) {
                        _ = text.withCString { send(socket, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
                        sockets.append(socket)
                    }
                }
                continuation.resume()
            }
        }
    }

    /// How many are still open, as far as the other side has not closed them.
    func open() -> Int {
        sockets.count { socket in
            var byte: UInt8 = 0
            let read = recv(socket, &byte, 1, Int32(MSG_DONTWAIT | MSG_PEEK))
            return read > 0 || read < 0 && errno == EAGAIN
        }
    }

    /// Reads all that one was sent until the other side has closed it; on a thread of its own.
    func readToEnd(_ index: Int) async -> [UInt8] {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                var all: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                while true {
                    let read = recv(sockets[index], &buffer, buffer.count, 0)
                    guard read > 0 else { break }
                    all += buffer[..<read]
                }
                continuation.resume(returning: all)
            }
        }
    }

    deinit {
        for socket in sockets { close(socket) }
    }

    private static func connected(to port: Int) -> Int32? {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // Byte by byte (family, port, 127.0.0.1): two modules have the structure, and which one a file sees depends on its neighbours.
        var address = [UInt8](repeating: 0, count: 16)
        address[0] = UInt8(AF_INET)
        (address[2], address[3]) = (UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port))
        (address[4], address[7]) = (127, 1)
        let result = address.withUnsafeBytes { bytes in
            Glibc.connect(socket, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        guard socket >= 0, result == 0 else {
            if socket >= 0 { close(socket) }
            return nil
        }
        return socket
    }
}
