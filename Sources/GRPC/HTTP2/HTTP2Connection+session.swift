import NIOCore

/// What the session reports, sorted to the streams.
extension HTTP2Connection: HTTP2SessionDelegate {
    func received(head: IncomingHead, stream: Int32, kind: HTTP2Session.HeadKind, endsStream: Bool) {
        endpoint.received(head: head, stream: stream, kind: kind, endsStream: endsStream, connection: self)
    }

    func received(data: UnsafeRawBufferPointer, stream id: Int32) {
        session?.consumeConnection(count: data.count)
        guard let stream = streams[id], !stream.isIgnoringData else { return }
        do throws(GRPCError) {
            try stream.deframer.append(data)
        } catch {
            stream.isIgnoringData = true
            return endpoint.received(invalid: error, stream: stream, connection: self)
        }
        touch(stream)
    }

    func receivedEnd(stream id: Int32) {
        guard let stream = streams[id], !stream.isRemoteEnded else { return }
        stream.isRemoteEnded = true
        endpoint.receivedEnd(of: stream, connection: self)
    }

    func closed(stream id: Int32, code: HTTP2ErrorCode) {
        if !flood.accepts(streamClosedWith: code) {
            fail(ConnectionFailure.flood, code: .enhanceYourCalm)
        }
        refused.remove(id)
        refusalBodies[id] = nil
        guard let stream = streams.removeValue(forKey: id) else { return }
        stream.deadline?.cancel()
        if stream.isTouched { deliver(stream) }
        endpoint.closed(stream: stream, code: code, connection: self)
    }

    func receivedSettings() { endpoint.receivedSettings(self) }

    func receivedPing(isAck: Bool) {
        if isAck {
            receivedPingAck()
        } else if role == .server, !keepalive.accepts(pingAt: .now(), hasStreams: !streams.isEmpty) {
            fail(ConnectionFailure.tooManyPings, code: .enhanceYourCalm, debugData: "too_many_pings")
        }
    }

    func receivedGoAway(lastStream: Int32, code: HTTP2ErrorCode, debugData: String) {
        endpoint.receivedGoAway(code: code, debugData: debugData, connection: self)
    }

    func dataToSend(stream id: Int32, limit: Int) -> HTTP2Session.DataToSend {
        guard let stream = streams[id] else {
            guard let rest = refusalBodies[id]?.readableBytes else { return .nothing }
            return rest <= limit ? .lastBytes(rest) : .bytes(limit)
        }
        let (count, ending) = stream.prepare(limit: limit)
        switch ending {
        case nil: return count > 0 ? .bytes(count) : .nothing
        case .halfClose: return .lastBytes(count)
        case .trailers(let status, let metadata):
            fields.removeAll()
            fields.add(status)
            fields.add(metadata)
            session?.submitTrailers(fields, stream: id)
            return .bytesBeforeTrailers(count)
        }
    }

    func writeData(stream id: Int32, count: Int, to output: inout ByteBuffer) {
        if let stream = streams[id] {
            stream.write(count: count, to: &output)
        } else if let part = refusalBodies[id]?.readSlice(length: count) {
            output.writeImmutableBuffer(part)
        }
    }

    func sent(frame: HTTP2FrameHeader) {
        guard frame.type == .headers || frame.type == .data else { return }
        keepalive.sentStreamFrame()
        if frame.type == .data { flood.sentData() }
        guard frame.isEndStream else { return }
        streams[frame.stream]?.isLocalEnded = true
        if role == .server { answered(stream: frame.stream) }
    }

    /// A server that has answered needs nothing more of the request (RFC 9113, section 8.1).
    private func answered(stream id: Int32) {
        let wasRefused = refused.remove(id) != nil
        guard wasRefused || streams[id].map({ !$0.isRemoteEnded }) ?? false else { return }
        session?.reset(stream: id, code: .noError)
    }

    func notSent(headersOf stream: Int32) {
        if role == .client { closed(stream: stream, code: .refusedStream) }
    }
}
