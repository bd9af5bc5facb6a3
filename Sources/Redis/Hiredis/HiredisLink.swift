import CHiredis

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A `redisContext`: every call of hiredis, and nothing else.
///
/// hiredis lets one thread at a time use a context; the actor that owns this object sees to that. The context is in
/// non-blocking mode, so no call waits.
final class HiredisLink {
    private let context: UnsafeMutablePointer<redisContext>

    /// Begins to connect; the socket becomes writable when that has ended, well or badly.
    ///
    /// - Parameter address: Numeric, since hiredis would block while it resolves a name.
    /// - Throws: ``RedisError/notConnected(reason:)``.
    init(address: String, port: Int) throws(RedisError) {
        guard let context = redisConnectNonBlock(address, Int32(port)) else {
            throw .notConnected(reason: "hiredis is out of memory")
        }
        self.context = context
        if context.pointee.err != 0 { throw .notConnected(reason: errorText) }
        _ = redisEnableKeepAlive(context)
    }

    deinit {
        redisFree(context)
    }

    var socket: CInt { context.pointee.fd }

    /// How connecting has ended.
    ///
    /// - Throws: ``RedisError/notConnected(reason:)``.
    func checkConnected() throws(RedisError) {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        if getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length) != 0 { code = errno }
        if code != 0 { throw .notConnected(reason: String(cString: strerror(code))) }
    }

    /// Appends bytes to what has to be sent.
    func queue(_ bytes: [UInt8]) throws(RedisError) {
        let code = bytes.withUnsafeBytes { raw in
            redisAppendFormattedCommand(context, raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count)
        }
        if code != REDIS_OK { throw .connectionLost(reason: errorText) }
    }

    /// Sends what the kernel takes.
    ///
    /// - Returns: Whether something is left.
    func write() throws(RedisError) -> Bool {
        var isDone: CInt = 0
        guard redisBufferWrite(context, &isDone) == REDIS_OK else { throw .connectionLost(reason: errorText) }
        return isDone == 0
    }

    /// Reads what has arrived.
    func read() throws(RedisError) {
        guard redisBufferRead(context) == REDIS_OK else { throw .connectionLost(reason: errorText) }
    }

    /// The next complete reply among what was read.
    func nextReply() throws(RedisError) -> RedisReply? {
        var reply: UnsafeMutableRawPointer?
        guard redisGetReplyFromReader(context, &reply) == REDIS_OK else { throw .connectionLost(reason: errorText) }
        guard let reply else { return nil }
        defer { freeReplyObject(reply) }
        return RedisReply(reply.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private var errorText: String {
        withUnsafeBytes(of: context.pointee.errstr) { text in
            String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

extension RedisReply {
    /// Copies a reply of hiredis, whose reader nests them seven deep at most.
    init(_ reply: redisReply) {
        switch reply.type {
        case REDIS_REPLY_STRING: self = .bytes(Self.bytes(of: reply))
        case REDIS_REPLY_STATUS: self = .status(String(decoding: Self.bytes(of: reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: self = .error(String(decoding: Self.bytes(of: reply), as: UTF8.self))
        case REDIS_REPLY_INTEGER: self = .integer(reply.integer)
        case REDIS_REPLY_ARRAY:
            let elements = UnsafeBufferPointer(start: reply.element, count: reply.elements)
            self = .array(elements.map { $0.map { RedisReply($0.pointee) } ?? .null })
        default: self = .null
        }
    }

    private static func bytes(of reply: redisReply) -> [UInt8] {
        guard let start = reply.str else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: reply.len))
    }
}
