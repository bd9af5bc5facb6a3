import CZlib
package import NIOCore

/// Compresses bytes as gzip as they come, fast rather than small. Used by one task at a time.
package final class GzipStream {
    private let state: ZlibState

    /// Begins a stream.
    ///
    /// - Throws: ``Gzip/Failure`` when zlib has no memory.
    package init() throws(Gzip.Failure) {
        state = try ZlibState(.compressing(level: Z_BEST_SPEED))
    }

    /// Takes bytes, and gives what is compressed of them and those before; all of it with the last ones.
    package func compress(_ input: ByteBuffer, isLast: Bool) throws(Gzip.Failure) -> ByteBuffer {
        let (output, code) = state.run(
            input,
            flush: isLast ? Z_FINISH : Z_NO_FLUSH,
            firstStep: ZlibState.outputStep
        )
        // A call that had nothing left to do says so by the last of these.
        guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw .zlib(code) }
        return output
    }
}
