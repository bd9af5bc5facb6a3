import CNghttp2
import GRPC
import NIOCore
import NIOPosix

/// One end of a connection that speaks HTTP/2 frame by frame, and may break every rule.
final class RawConnection {
    private let channel: any Channel
    private var incoming: AsyncStream<ByteBuffer>.Iterator
    private var buffer = ByteBuffer()
    private let inflater = HeaderInflater()

    /// A frame as it came.
    struct Frame {
        var type: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]

        var isEndStream: Bool { flags & 1 != 0 }
    }

    /// What a stream was answered with.
    struct Answer {
        var heads: [[String: String]] = []
        var data: [UInt8] = []
        var resetCode: UInt8?

        /// The value of a field in the last head, the trailers of most answers.
        subscript(name: String) -> String? { heads.last?[name] }
    }

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// Opens a connection, and says hello if `greets`.
    init(_ address: GRPCAddress, greets: Bool = true) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Forwarder(continuation: continuation))
                }
            }
            .connect(host: address.host, port: address.port).get()
        incoming = stream.makeAsyncIterator()
        if greets { send(Self.preface + Self.frame(4)) }
    }

    /// The server's end of a connection that a client has opened, with the bytes that a ``Forwarder`` in its pipeline gets.
    init(accepted channel: any Channel, incoming: AsyncStream<ByteBuffer>) {
        self.channel = channel
        self.incoming = incoming.makeAsyncIterator()
    }

    deinit { channel.close(promise: nil) }

    // MARK: Sending

    func send(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Stops reading from the socket, or goes on.
    func setReads(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
    }

    static func frame(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
            + (0..<4).map { UInt8(stream >> (24 - 8 * UInt32($0)) & 255) } + payload
    }

    /// A header block of literals (RFC 7541, section 6.2.2).
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { name, value in [0] + text(name) + text(value) }
    }

    private static func text(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        precondition(bytes.count < 127 + 128)
        return (bytes.count < 127 ? [UInt8(bytes.count)] : [127, UInt8(bytes.count - 127)]) + bytes
    }

    /// The fields of a request that is all right; others by the same names replace them, with an empty value remove them.
    static func request(_ descriptor: MethodDescriptor, _ changes: [(String, String)] = []) -> [UInt8] {
        let usual = [
            (":method", "POST"), (":scheme", "http"), (":path", descriptor.path), (":authority", "test"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ]
        let kept = usual.filter { field in !changes.contains { $0.0 == field.0 } }
        let added = changes.filter { !$0.1.isEmpty }
        let all = kept + added
        return block(all.filter { $0.0.hasPrefix(":") } + all.filter { !$0.0.hasPrefix(":") })
    }

    /// A HEADERS frame that ends its block.
    static func headers(_ block: [UInt8], stream: UInt32 = 1, endsStream: Bool = false) -> [UInt8] {
        frame(1, flags: endsStream ? 5 : 4, stream: stream, block)
    }

    static func data(_ payload: [UInt8], stream: UInt32 = 1, endsStream: Bool = true) -> [UInt8] {
        frame(0, flags: endsStream ? 1 : 0, stream: stream, payload)
    }

    /// A length-prefixed message.
    static func message(_ bytes: [UInt8], flag: UInt8 = 0) -> [UInt8] {
        [flag] + (0..<4).map { UInt8(bytes.count >> (24 - 8 * $0) & 255) } + bytes
    }

    /// A response of headers only, with this status.
    static func trailersOnly(_ status: Int, stream: UInt32, _ more: [(String, String)] = []) -> [UInt8] {
        let fields = [(":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "\(status)")]
        return headers(block(fields + more), stream: stream, endsStream: true)
    }

    /// A whole response of one message.
    static func response(_ message: [UInt8], stream: UInt32) -> [UInt8] {
        headers(block([(":status", "200"), ("content-type", "application/grpc")]), stream: stream)
            + data(message, stream: stream, endsStream: false)
            + headers(block([("grpc-status", "0")]), stream: stream, endsStream: true)
    }

    /// Closes the connection.
    func close() { channel.close(promise: nil) }

    /// Closes the connection after some time, if it is still open then.
    func close(after time: TimeAmount) {
        channel.eventLoop.scheduleTask(in: time) { [channel] in channel.close(promise: nil) }
    }

    // MARK: Receiving

    /// Reads the preface of a client.
    func skipPreface() async {
        while buffer.readableBytes < Self.preface.count, let more = await incoming.next() {
            buffer.writeImmutableBuffer(more)
        }
        _ = buffer.readSlice(length: min(buffer.readableBytes, Self.preface.count))
    }

    /// Reads until a client begins another request, and answers its settings and pings on the way; the request's stream.
    func nextRequest() async -> UInt32? {
        while let frame = await nextFrame() {
            if frame.type == 4, frame.flags == 0 { send(Self.frame(4, flags: 1)) }
            if frame.type == 6, frame.flags == 0 { send(Self.frame(6, flags: 1, frame.payload)) }
            if frame.type == 1 { return frame.stream }
        }
        return nil
    }

    /// The next frame; `nil` once the server has closed the connection.
    func nextFrame() async -> Frame? {
        while true {
            if let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self).map({ Int($0 >> 8) }),
                buffer.readableBytes >= 9 + length,
                let (_, type, flags, stream) = buffer.readHeader(), let payload = buffer.readBytes(length: length)
            {
                return Frame(type: type, flags: flags, stream: stream, payload: payload)
            }
            guard let more = await incoming.next() else { return nil }
            buffer.writeImmutableBuffer(more)
        }
    }

    /// Reads until a stream has ended; answers settings and pings of the server on the way.
    func answer(stream: UInt32 = 1) async throws -> Answer {
        var answer = Answer()
        while let frame = await nextFrame() {
            if frame.type == 4, frame.flags == 0 { send(Self.frame(4, flags: 1)) }
            if frame.type == 1 {
                // All blocks are inflated, also of other streams, since they share a table.
                let head = try inflater.inflate(frame.payload)
                if frame.stream == stream { answer.heads.append(head) }
            }
            guard frame.stream == stream else { continue }
            if frame.type == 0 { answer.data += frame.payload }
            if frame.type == 3 {
                answer.resetCode = frame.payload.last
                return answer
            }
            if frame.type <= 1, frame.isEndStream { return answer }
        }
        throw ConnectionClosed()
    }

    /// Reads until the server has closed the connection; the code of its GOAWAY, if there was one.
    func closeCode() async -> UInt8? {
        var code: UInt8?
        while let frame = await nextFrame() {
            if frame.type == 7, frame.payload.count >= 8 { code = frame.payload[7] }
        }
        return code
    }

    struct ConnectionClosed: Error {}

    /// Passes on what arrives, without a limit.
    final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let continuation: AsyncStream<ByteBuffer>.Continuation

        init(continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

extension ByteBuffer {
    fileprivate mutating func readHeader() -> (UInt32, UInt8, UInt8, UInt32)? {
        guard
            let (high, low, type, flags, stream) = readMultipleIntegers(as: (UInt8, UInt16, UInt8, UInt8, UInt32).self)
        else { return nil }
        return (UInt32(high) << 16 | UInt32(low), type, flags, stream & 0x7FFF_FFFF)
    }
}

/// Reads header blocks, by nghttp2.
private final class HeaderInflater {
    private var inflater: OpaquePointer?

    init() { nghttp2_hd_inflate_new(&inflater) }

    deinit { nghttp2_hd_inflate_del(inflater) }

    func inflate(_ block: [UInt8]) throws -> [String: String] {
        var fields: [String: String] = [:]
        var rest = block[...]
        while true {
            var pair = nghttp2_nv()
            var flags: Int32 = 0
            let used = rest.withUnsafeBufferPointer {
                nghttp2_hd_inflate_hd2(inflater, &pair, &flags, $0.baseAddress, $0.count, 1)
            }
            guard used >= 0 else { throw RawConnection.ConnectionClosed() }
            rest = rest.dropFirst(used)
            if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                let name = String(decoding: UnsafeBufferPointer(start: pair.name, count: pair.namelen), as: UTF8.self)
                fields[name] = String(
                    decoding: UnsafeBufferPointer(start: pair.value, count: pair.valuelen),
                    as: UTF8.self
                )
            }
            if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 || (rest.isEmpty && used == 0) {
                nghttp2_hd_inflate_end_headers(inflater)
                return fields
            }
        }
    }
}
