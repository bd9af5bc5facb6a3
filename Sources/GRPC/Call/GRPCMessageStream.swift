public import SwiftProtobuf

/// The messages that the peer sends in a call, as they arrive.
///
/// Reading slowly slows the peer: it may send one stream window ahead of the reader. The sequence throws ``GRPCError`` if the call
/// fails, and `CancellationError` if the reading task is cancelled. Each message is given out once, whoever iterates.
public struct GRPCMessageStream<M: Message>: AsyncSequence, Sendable {
    let call: CallStream

    /// Reads one message after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var received: ReceivedMessages<M>.AsyncIterator

        init(_ received: ReceivedMessages<M>.AsyncIterator) { self.received = received }

        /// Waits for the next message; `nil` after the last one.
        public mutating func next() async throws -> M? {
            try await received.next()?.message
        }
    }

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(received.makeAsyncIterator())
    }

    /// The same messages, with how they came over the wire.
    public var received: ReceivedMessages<M> { ReceivedMessages(call: call) }

    /// Waits for the metadata that the peer sends ahead of its first message; empty on a server.
    public func initialMetadata() async throws -> Metadata { try await call.initialMetadata() }

    /// Waits for the end of the call and returns the metadata that came with the status `OK`.
    /// - Throws: the status of a call that failed, its metadata included.
    public func trailingMetadata() async throws -> Metadata {
        switch try await call.end() {
        case .finished(let metadata): metadata
        case .failed(let error): throw error
        }
    }
}

/// The messages of a ``GRPCMessageStream`` with how they came over the wire.
public struct ReceivedMessages<M: Message>: AsyncSequence, Sendable {
    let call: CallStream

    /// Reads one message after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let call: CallStream

        /// Waits for the next message; `nil` after the last one.
        public mutating func next() async throws -> ReceivedMessage<M>? {
            guard var frame = try await call.nextFrame() else { return nil }
            do {
                return try call.decoder.next(from: &frame, as: M.self)
            } catch {
                call.cancel(error)
                throw error
            }
        }
    }

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(call: call)
    }
}

/// A message, and how it came over the wire.
public struct ReceivedMessage<M: Sendable>: Sendable {
    /// The message itself.
    public let message: M

    /// Whether the peer had compressed it.
    public let wasCompressed: Bool

    /// What it took on the wire in bytes, with its five-byte prefix and before decompression.
    public let wireSize: Int
}
