import CZlib
package import NIOCore

/// Gzip (RFC 1952) over whole messages, by zlib.
package enum Gzip {
    /// Why bytes could not be compressed or decompressed.
    package enum Failure: Error {
        /// The output would pass the limit; nothing beyond it was kept.
        case tooLarge
        /// The bytes are not gzip, or stop too early.
        case corrupt
        /// zlib refused; its code.
        case zlib(Int32)
    }

    /// Compresses the readable bytes of `input`.
    package static func compress(_ input: ByteBuffer) throws(Failure) -> ByteBuffer {
        let state = try ZlibState(.compressing(level: Z_DEFAULT_COMPRESSION))
        let bound = state.bound(of: input.readableBytes)
        let (output, code) = state.run(input, flush: Z_FINISH, firstStep: bound)
        guard code == Z_STREAM_END else { throw .zlib(code) }
        return output
    }

    /// Decompresses the readable bytes of `input`, to at most `limit` bytes.
    /// - Throws: ``Failure/tooLarge`` as soon as the output passes the limit, so that a small message cannot claim much memory.
    package static func decompress(_ input: ByteBuffer, limit: Int) throws(Failure) -> ByteBuffer {
        let state = try ZlibState(.decompressing)
        let firstStep = min(max(input.readableBytes * 4, 256), ZlibState.outputStep)
        let (output, code) = state.run(input, flush: Z_NO_FLUSH, firstStep: firstStep, limit: limit)
        if output.readableBytes > limit { throw .tooLarge }
        guard code == Z_STREAM_END else { throw .corrupt }
        return output
    }
}
