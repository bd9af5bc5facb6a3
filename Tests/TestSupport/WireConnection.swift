import NIOCore
import NIOPosix

/// A connection on which a test writes and reads bytes.
package struct WireConnection {
    /// A connection that ended before what was waited for had come.
    package struct Ended: Error, CustomStringConvertible {
        /// What was waited for, and what came instead.
        package let description: String
    }

    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var unread = ""

    /// Opens a connection to a port of this machine for as long as the body runs.
    package static func exchange(
        port: Int,
        _ body: (inout WireConnection) async throws -> Void
    ) async throws {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "localhost", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            var connection = WireConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            try await body(&connection)
        }
    }

    /// Writes text.
    package func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    /// Writes bytes.
    package func send(_ bytes: [UInt8]) async throws {
        try await outbound.write(ByteBuffer(bytes: bytes))
    }

    /// Sends nothing more.
    package func finish() {
        outbound.finish()
    }

    /// Reads on until the text has come, and fails when the connection ends before.
    ///
    /// - Returns: What was read, the text included.
    @discardableResult
    package mutating func read(until text: String) async throws -> String {
        while true {
            if let found = unread.firstRange(of: text) {
                defer { unread.removeSubrange(..<found.upperBound) }
                return String(unread[..<found.upperBound])
            }
            guard let buffer = try await inbound.next() else {
                throw Ended(description: "\(text) did not come, but: \(unread)")
            }
            unread += String(buffer: buffer)
        }
    }

    /// Reads all there is until the other side ends the connection.
    package mutating func readToEnd() async throws -> String {
        while let buffer = try await inbound.next() { unread += String(buffer: buffer) }
        return unread
    }

    /// Reads the first answer, which says how long its body is, or all there is when the connection ends before.
    package mutating func readAnswer() async throws -> WireAnswer {
        while true {
            if let answer = WireAnswer(unread) { return answer }
            guard let buffer = try? await inbound.next() else { return WireAnswer(incomplete: unread) }
            unread += String(buffer: buffer)
        }
    }
}

/// An answer as it came.
package struct WireAnswer: Sendable {
    /// Its status; 0 when it has no head.
    package var status = 0
    /// Its headers, by their names in small letters.
    package var headers: [String: String] = [:]
    /// Its body; all there is when it has no head.
    package var body = ""

    /// The answer at the beginning of a text; nil when it is not whole.
    init?(_ text: String) {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        self.init(head: text[..<end.lowerBound])
        let body = text.utf8[end.upperBound...]
        guard let length = headers["content-length"].flatMap({ Int($0) }) ?? (status == 204 ? 0 : nil),
            body.count >= length
        else { return nil }
        self.body = String(decoding: body.prefix(length), as: UTF8.self)
    }

    init(incomplete text: String) {
        guard let end = text.firstRange(of: "\r\n\r\n"), text.hasPrefix("HTTP/") else {
            self.init(head: "")
            body = text
            return
        }
        self.init(head: text[..<end.lowerBound])
        body = String(text[end.upperBound...])
    }

    private init(head: Substring) {
        let lines = head.split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingPrefix(" ").description }
        }
    }
}
