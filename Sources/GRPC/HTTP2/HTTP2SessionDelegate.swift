import NIOCore

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
