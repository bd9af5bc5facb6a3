import Foundation

/// Asks a process of this machine whether it is ready, over a socket and with nothing else at hand.
struct HealthQuestion {
    private static let patienceInSeconds = 5
    private static let maxAnswerBytes = 64 * 1_024

    /// The address that it was told to listen on.
    let bindAddress: String
    /// The port of its `/readyz`.
    let port: Int

    /// Asks once; blocks for some seconds at most.
    ///
    /// - Returns: Whether it is ready, and what it says of itself, or why nothing was heard.
    func ask() -> (isReady: Bool, text: String) {
        do {
            let answer = try exchange("GET /readyz HTTP/1.0\r\nConnection: close\r\n\r\n")
            let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
            let status = answer.prefix { !$0.isNewline }.split(separator: " ").dropFirst().first ?? "nothing"
            return (status == "200", parts.count == 2 ? String(parts[1]) : "\(host):\(port) answers with \(status)")
        } catch {
            return (false, "\(host):\(port): \(error.reason)")
        }
    }

    /// Where a process is found that listens on all addresses.
    private var host: String {
        switch bindAddress {
        case "0.0.0.0": "127.0.0.1"
        case "::": "::1"
        default: bindAddress
        }
    }

    private struct Unanswered: Error {
        let reason: String

        static var system: Unanswered { Unanswered(reason: String(cString: strerror(errno))) }
    }

    private func exchange(_ request: String) throws(Unanswered) -> String {
        let descriptor = try connected()
        defer { close(descriptor) }
        var unsent = Array(request.utf8)[...]
        while !unsent.isEmpty {
            let sent = unsent.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { throw .system }
            unsent = unsent.dropFirst(sent)
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while answer.count < Self.maxAnswerBytes {
            let received = recv(descriptor, &buffer, buffer.count, 0)
            guard received >= 0 else { throw .system }
            if received == 0 { break }
            answer += buffer[..<received]
            if Self.isWhole(answer) { break }
        }
        return String(decoding: answer, as: UTF8.self)
    }

    /// Whether an answer has come as far as its head says that it goes; one that does not say ends with the connection.
    private static func isWhole(_ answer: [UInt8]) -> Bool {
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return false }
        for line in text[..<end.lowerBound].split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
            guard let length = Int(parts[1].trimmingCharacters(in: .whitespaces)) else { return false }
            return text[end.upperBound...].utf8.count >= length
        }
        return false
    }

    private func connected() throws(Unanswered) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var addresses: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &addresses)
        defer { freeaddrinfo(addresses) }
        guard code == 0, let address = addresses?.pointee else {
            throw Unanswered(reason: String(cString: gai_strerror(code)))
        }
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { throw .system }
        // A `timeval`: seconds and microseconds.
        var patience = (seconds: Self.patienceInSeconds, microseconds: 0)
        let size = socklen_t(MemoryLayout.size(ofValue: patience))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
            defer { close(descriptor) }
            throw .system
        }
        return descriptor
    }
}
