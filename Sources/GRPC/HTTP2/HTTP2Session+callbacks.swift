import CNghttp2
import NIOCore

/// nghttp2's callbacks: each finds its session in the user data and passes the event to the delegate.
///
/// All run within `nghttp2_session_mem_recv` and `nghttp2_session_mem_send`, so on the connection's event loop.
extension HTTP2Session {
    static func create(_ session: inout OpaquePointer?, role: Role, userData: UnsafeMutableRawPointer?) -> Int32 {
        var option: OpaquePointer?
        var callbacks: OpaquePointer?
        guard nghttp2_option_new(&option) == 0, nghttp2_session_callbacks_new(&callbacks) == 0 else {
            return NGHTTP2_ERR_NOMEM.rawValue
        }
        defer {
            nghttp2_option_del(option)
            nghttp2_session_callbacks_del(callbacks)
        }
        nghttp2_option_set_no_auto_window_update(option, 1)
        // nghttp2's own limit is a backstop; the connection's flood guard sits in front of it, and lets more pass that are honest.
        nghttp2_option_set_stream_reset_rate_limit(option, 10_000, 1000)
        installReceiving(callbacks)
        installSending(callbacks)
        return switch role {
        case .client: nghttp2_session_client_new2(&session, callbacks, userData, option)
        case .server: nghttp2_session_server_new2(&session, callbacks, userData, option)
        }
    }

    /// Where nghttp2 gets a stream's message data from.
    static let dataProvider = nghttp2_data_provider(
        source: nghttp2_data_source(),
        read_callback: { _, stream, _, length, flags, _, userData in
            guard let session = HTTP2Session.from(userData), let flags else { return HTTP2Session.callbackFailure }
            var count = 0
            flags.pointee = NGHTTP2_DATA_FLAG_NO_COPY.rawValue
            switch session.delegate.dataToSend(stream: stream, limit: length) {
            case .nothing: return Int(NGHTTP2_ERR_DEFERRED.rawValue)
            case .bytes(let available): count = available
            case .lastBytes(let available):
                count = available
                flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            case .bytesBeforeTrailers(let available):
                count = available
                flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
            }
            return count
        }
    )

    private static func from(_ userData: UnsafeMutableRawPointer?) -> HTTP2Session? {
        userData.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
    }

    private static var callbackFailure: Int { Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }

    private static func installReceiving(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, _, userData in
            HTTP2Session.from(userData)?.head = IncomingHead()
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _,
            _,
            name,
            nameLength,
            value,
            valueLength,
            _,
            userData in
            guard let session = HTTP2Session.from(userData) else { return 0 }
            session.head.add(
                name: UnsafeRawBufferPointer(start: name, count: nameLength),
                value: UnsafeRawBufferPointer(start: value, count: valueLength),
                limit: session.headerListLimit
            )
            // A little too much is answered politely; much too much ends the connection.
            return session.head.size > 4 * session.headerListLimit ? Int32(HTTP2Session.callbackFailure) : 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, stream, bytes, count, userData in
            HTTP2Session.from(userData)?.delegate.received(
                data: UnsafeRawBufferPointer(start: bytes, count: count),
                stream: stream
            )
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, userData in
            guard let frame, let session = HTTP2Session.from(userData) else { return 0 }
            session.received(frame.pointee)
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, code, userData in
            HTTP2Session.from(userData)?.delegate.closed(stream: stream, code: HTTP2ErrorCode(rawValue: code))
            return 0
        }
    }

    private static func installSending(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, frame, header, count, _, userData in
            guard let frame, let header, let session = HTTP2Session.from(userData) else {
                return Int32(HTTP2Session.callbackFailure)
            }
            guard session.output.readableBytes < session.outputLimit else { return NGHTTP2_ERR_WOULDBLOCK.rawValue }
            session.output.writeBytes(UnsafeRawBufferPointer(start: header, count: 9))
            session.delegate.writeData(stream: frame.pointee.hd.stream_id, count: count, to: &session.output)
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { handle, frame, userData in
            guard let frame, let delegate = HTTP2Session.from(userData)?.delegate else { return 0 }
            let header = HTTP2FrameHeader(frame.pointee.hd)
            delegate.sent(frame: header)
            // What nghttp2 refuses by itself, as there are too many, was never a stream to it, so that it tells of no end.
            if header.type == .resetStream, nghttp2_session_find_stream(handle, header.stream) == nil {
                let code = HTTP2ErrorCode(rawValue: frame.pointee.rst_stream.error_code)
                delegate.closed(stream: header.stream, code: code)
            }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, _, userData in
            guard let frame, frame.pointee.hd.type == UInt8(NGHTTP2_HEADERS.rawValue) else { return 0 }
            HTTP2Session.from(userData)?.delegate.notSent(headersOf: frame.pointee.hd.stream_id)
            return 0
        }
    }

    private func received(_ frame: nghttp2_frame) {
        let header = HTTP2FrameHeader(frame.hd)
        switch header.type {
        case .headers: receivedHead(header, category: frame.headers.cat)
        case .data: if header.isEndStream { delegate.receivedEnd(stream: header.stream) }
        case .settings: if !header.isAck { delegate.receivedSettings() }
        case .ping: delegate.receivedPing(isAck: header.isAck)
        case .goAway:
            let debugData = UnsafeBufferPointer(start: frame.goaway.opaque_data, count: frame.goaway.opaque_data_len)
            delegate.receivedGoAway(
                lastStream: frame.goaway.last_stream_id,
                code: HTTP2ErrorCode(rawValue: frame.goaway.error_code),
                debugData: String(decoding: debugData.prefix(256), as: UTF8.self)
            )
        default: break
        }
    }

    private func receivedHead(_ header: HTTP2FrameHeader, category: nghttp2_headers_category) {
        if role == .client, let status = head.httpStatus, (100...199).contains(status) { return }
        let kind: HeadKind =
            switch category {
            case NGHTTP2_HCAT_REQUEST: .request
            case NGHTTP2_HCAT_RESPONSE: .response
            default: head.httpStatus == nil ? .trailers : .response
            }
        let complete = head
        head = IncomingHead()
        delegate.received(head: complete, stream: header.stream, kind: kind, endsStream: header.isEndStream)
    }
}
