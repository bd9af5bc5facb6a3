import CNghttp2
import NIOCore

/// One end of an HTTP/2 connection: nghttp2 does framing, header compression and flow control; no I/O happens here.
///
/// Used on one event loop only. Receive windows are opened by ``consume(stream:count:)`` alone, never by nghttp2 itself, so
/// that a slow reader slows its peer.
final class HTTP2Session {
    enum Role { case client, server }

    enum HeadKind { case request, response, trailers }

    /// What is there to send on a stream.
    enum DataToSend {
        /// Nothing now; ``HTTP2Session/resume(stream:)`` tells when there is more.
        case nothing
        /// This many bytes, more to come.
        case bytes(Int)
        /// This many bytes, then the end of the stream.
        case lastBytes(Int)
        /// This many bytes, then trailers, which the callee has submitted.
        case bytesBeforeTrailers(Int)
    }

    let role: Role
    unowned let delegate: any HTTP2SessionDelegate
    private let session: OpaquePointer

    /// The header block being received; a connection has at most one at a time.
    var head = IncomingHead()
    let headerListLimit: Int
    var output = ByteBuffer()
    var outputLimit = 0

    /// Begins a session and submits its SETTINGS.
    /// - Throws: ``HTTP2Error`` if nghttp2 is out of memory.
    init(role: Role, settings: HTTP2Settings, delegate: any HTTP2SessionDelegate) throws(HTTP2Error) {
        self.role = role
        self.delegate = delegate
        self.headerListLimit = Int(settings.maxHeaderListSize)
        var created: OpaquePointer?
        try HTTP2Error.check(Self.create(&created, role: role, userData: nil), "create a session")
        guard let created else { throw HTTP2Error(rawValue: NGHTTP2_ERR_NOMEM.rawValue, doing: "create a session") }
        session = created
        nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
        try submit(settings)
    }

    deinit { nghttp2_session_del(session) }

    // MARK: Bytes

    /// Takes in received bytes and reports what they mean to the delegate.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Error) {
        let start = bytes.bindMemory(to: UInt8.self).baseAddress
        let rc = nghttp2_session_mem_recv(session, start, bytes.count)
        try HTTP2Error.check(Int32(truncatingIfNeeded: min(rc, 0)), "read the peer's frames")
    }

    /// Hands over bytes to be written, until there are none or about `limit` are reached; `nil` if there are none.
    func produce(limit: Int) throws(HTTP2Error) -> ByteBuffer? {
        output = ByteBuffer()
        outputLimit = limit
        while output.readableBytes < limit {
            var frame: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &frame)
            try HTTP2Error.check(Int32(truncatingIfNeeded: min(count, 0)), "write frames")
            guard count > 0, let frame else { break }
            output.writeBytes(UnsafeRawBufferPointer(start: frame, count: count))
        }
        guard output.readableBytes > 0 else { return nil }
        defer { output = ByteBuffer() }
        return output
    }

    /// Whether the session still expects or has anything; if not, the connection can be closed.
    var isAlive: Bool { nghttp2_session_want_read(session) != 0 || nghttp2_session_want_write(session) != 0 }

    /// Whether something waits to be written.
    var wantsWrite: Bool { nghttp2_session_want_write(session) != 0 }

    // MARK: Streams

    /// Opens a stream with a request whose data the delegate supplies; its number.
    func submitRequest(_ fields: HeaderFields) throws(HTTP2Error) -> Int32 {
        var source = Self.dataProvider
        let id = fields.withNameValues { nghttp2_submit_request(session, nil, $0, $1, &source, nil) }
        try HTTP2Error.check(id, "open a stream")
        return id
    }

    /// Answers a stream; without data, the head ends it.
    func submitResponse(_ fields: HeaderFields, stream: Int32, hasData: Bool) throws(HTTP2Error) {
        var source = Self.dataProvider
        let rc = fields.withNameValues { list, count in
            hasData
                ? nghttp2_submit_response(session, stream, list, count, &source)
                : nghttp2_submit_response(session, stream, list, count, nil)
        }
        try HTTP2Error.check(rc, "answer a stream")
    }

    /// Ends a stream with trailers. From within ``HTTP2SessionDelegate/dataToSend(stream:limit:)``.
    func submitTrailers(_ fields: HeaderFields, stream: Int32) {
        _ = fields.withNameValues { nghttp2_submit_trailer(session, stream, $0, $1) }
    }

    /// There is more data to send on a stream.
    func resume(stream: Int32) {
        _ = nghttp2_session_resume_data(session, stream)
    }

    /// Resets a stream.
    func reset(stream: Int32, code: HTTP2ErrorCode) {
        _ = nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, code.rawValue)
    }

    /// The application has read `count` bytes of a stream, and the peer may send as many more.
    func consume(stream: Int32, count: Int) {
        _ = nghttp2_session_consume_stream(session, stream, count)
    }

    /// Opens the connection's own window; done as data arrives, so that one slow stream does not hold up the others.
    func consumeConnection(count: Int) {
        _ = nghttp2_session_consume_connection(session, count)
    }

    /// Whether a client may open another stream: its numbers are not used up and no GOAWAY has come.
    var canOpenStreams: Bool {
        nghttp2_session_check_request_allowed(session) != 0
            && nghttp2_session_get_next_stream_id(session) < Self.lastUsableStream
    }

    /// How many streams the peer lets this side have open.
    var peerMaxConcurrentStreams: Int {
        Int(nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
    }

    // MARK: The connection

    /// Sends a ping.
    func submitPing() {
        _ = nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
    }

    /// Announces a shutdown while still taking every stream that is on its way (RFC 9113, section 6.8).
    func submitShutdownNotice() {
        _ = nghttp2_submit_shutdown_notice(session)
    }

    /// Refuses all streams after those seen so far.
    func submitGoAway(code: HTTP2ErrorCode, debugData: StaticString = "") {
        let last = nghttp2_session_get_last_proc_stream_id(session)
        _ = nghttp2_submit_goaway(
            session,
            UInt8(NGHTTP2_FLAG_NONE.rawValue),
            last,
            code.rawValue,
            debugData.utf8Start,
            debugData.utf8CodeUnitCount
        )
    }

    private func submit(_ settings: HTTP2Settings) throws(HTTP2Error) {
        let entries = settings.entries(role: role)
        try HTTP2Error.check(
            nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count),
            "submit settings"
        )
        try HTTP2Error.check(
            nghttp2_session_set_local_window_size(
                session,
                UInt8(NGHTTP2_FLAG_NONE.rawValue),
                0,
                Int32(settings.connectionWindowSize)
            ),
            "set the connection's window"
        )
    }

    /// Streams are numbered up to 2^31 - 1; a connection is replaced somewhat before.
    private static let lastUsableStream: UInt32 = 1 << 31 - 1 << 20
}

/// What a connection is told by its ``HTTP2Session``, on its event loop and from within `receive` and `produce`.
///
/// Frames may be submitted from within these calls; bytes go out with the next `produce`.
protocol HTTP2SessionDelegate: AnyObject {
    /// A header block is complete.
    func received(head: IncomingHead, stream: Int32, kind: HTTP2Session.HeadKind, endsStream: Bool)

    /// Part of a DATA frame's payload is in.
    func received(data: UnsafeRawBufferPointer, stream: Int32)

    /// The peer will send nothing more on the stream.
    func receivedEnd(stream: Int32)

    /// The stream is gone, whichever side ended it.
    func closed(stream: Int32, code: HTTP2ErrorCode)

    /// The peer's settings are in.
    func receivedSettings()

    /// A ping, or the answer to one of ours, is in.
    func receivedPing(isAck: Bool)

    /// The peer will not handle streams above `lastStream`.
    func receivedGoAway(lastStream: Int32, code: HTTP2ErrorCode, debugData: String)

    /// How much of a stream's message data can be sent now, at most `limit` bytes.
    func dataToSend(stream: Int32, limit: Int) -> HTTP2Session.DataToSend

    /// Appends `count` bytes of a stream's data, as promised by ``dataToSend(stream:limit:)``, to the output.
    func writeData(stream: Int32, count: Int, to output: inout ByteBuffer)

    /// A frame is in the output.
    func sent(frame: HTTP2FrameHeader)

    /// A header block was dropped instead of sent, since its stream is gone or may not be opened.
    func notSent(headersOf stream: Int32)
}
