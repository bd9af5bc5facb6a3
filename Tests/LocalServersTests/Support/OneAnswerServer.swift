import Foundation

/// A TCP server on a free port that gives every connection the same bytes as answer to whatever it sends first.
///
/// Its thread ends with it.
final class OneAnswerServer: Sendable {
    let port: Int
    private let descriptor: Int32

    /// - Parameter answer: The bytes; nil to leave every connection open without an answer.
    init(answer: [UInt8]?) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) + listen(descriptor, 16) + getsockname(descriptor, $0, &length)
            }
        }
        guard code == 0 else { throw TestError("no server: \(String(cString: strerror(errno)))") }
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread {
            var open: [Int32] = []
            while case let connection = accept(descriptor, nil, nil), connection >= 0 {
                guard let answer else {
                    open.append(connection)
                    continue
                }
                var request = [UInt8](repeating: 0, count: 4096)
                _ = recv(connection, &request, request.count, 0)
                _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
                close(connection)
            }
            for connection in open { close(connection) }
            close(descriptor)
        }.start()
    }

    // Wakes the thread out of `accept`.
    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
