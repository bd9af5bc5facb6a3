import CLibPQ

/// Asks the server, over a connection of its own, to cancel what a connection is doing.
///
/// `@unchecked Sendable`: a `PGcancel` is a copy of the connection's address and key that nothing changes, and
/// `PQcancel` is documented as callable from any thread.
final class PQCanceller: @unchecked Sendable {
    private let handle: OpaquePointer

    /// Takes over a handle of `PQgetCancel`.
    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQfreeCancel(handle)
    }

    /// Sends the request and waits until the server has passed it on. Blocks.
    ///
    /// - Returns: `nil`, or why it could not be sent.
    func cancel() -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            guard PQcancel(handle, text.baseAddress, Int32(text.count)) == 0 else { return nil }
            return text.baseAddress.map { String(cString: $0).onOneLine } ?? "the request could not be sent"
        }
    }
}
