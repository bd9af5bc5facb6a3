import NIOCore
public import SwiftProtobuf

/// Sends messages in a call. May be used from several tasks at once; each message goes out whole.
///
/// A write suspends while the peer reads slowly: while more than the write buffer (64 KiB by default) waits to be sent.
public struct GRPCWriter<M: Message>: Sendable {
    let call: CallStream

    /// Sends one message.
    /// - Parameters:
    ///   - message: the message.
    ///   - compress: `false` sends this one uncompressed in a call that is otherwise compressed.
    /// - Throws: ``GRPCError`` once the call is over or the message cannot be serialised; `CancellationError`.
    public func write(_ message: M, compress: Bool = true) async throws {
        let frame = try FramedMessage.encode(message, compression: compress ? call.sendCompression : .identity)
        try await call.write(CollectionOfOne(frame))
    }

    /// Sends many messages at once, which costs less than one at a time.
    public func write(contentsOf messages: some Sequence<M>) async throws {
        let compression = call.sendCompression
        try await call.write(messages.map { try FramedMessage.encode($0, compression: compression) })
    }

    /// Says that nothing more will be written. A client's requests end here; a server's answers end when its handler returns.
    public func finish() { call.finishWriting() }
}
