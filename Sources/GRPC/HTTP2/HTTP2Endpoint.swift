/// The server's or the client's part of a connection: what its streams mean.
///
/// Called on the connection's event loop.
protocol HTTP2Endpoint: AnyObject {
    /// The connection is up.
    func opened(_ connection: HTTP2Connection)

    /// The TLS handshake is done and has agreed on HTTP/2.
    func secured(_ connection: HTTP2Connection)

    /// The peer's settings are in.
    func receivedSettings(_ connection: HTTP2Connection)

    /// A head or trailers are in.
    func received(
        head: IncomingHead,
        stream: Int32,
        kind: HTTP2Session.HeadKind,
        endsStream: Bool,
        connection: HTTP2Connection
    )

    /// The peer has ended a stream after its last message.
    func receivedEnd(of stream: HTTP2Stream, connection: HTTP2Connection)

    /// Bytes of a stream are no gRPC messages, or too large a message.
    func received(invalid error: GRPCError, stream: HTTP2Stream, connection: HTTP2Connection)

    /// The call's tasks want the head to be sent.
    func submitHead(of stream: HTTP2Stream, connection: HTTP2Connection)

    /// The deadline of a call has passed.
    func deadlinePassed(for stream: HTTP2Stream, connection: HTTP2Connection)

    /// A stream is gone.
    func closed(stream: HTTP2Stream, code: HTTP2ErrorCode, connection: HTTP2Connection)

    /// A call wants a stream.
    func open(_ call: ClientCall, connection: HTTP2Connection)

    /// The peer takes no further streams.
    func receivedGoAway(code: HTTP2ErrorCode, debugData: String, connection: HTTP2Connection)

    /// The connection is gone; its streams were closed before.
    func closed(_ connection: HTTP2Connection, error: (any Error)?)
}
