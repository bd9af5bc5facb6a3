public import SwiftProtobuf

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
