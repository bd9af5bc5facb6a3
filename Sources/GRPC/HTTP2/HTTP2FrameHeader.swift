import CNghttp2

/// The nine bytes that every frame begins with (RFC 9113, section 4.1).
struct HTTP2FrameHeader: Sendable {
    var type: Kind
    var flags: UInt8
    var length: Int
    var stream: Int32

    init(_ header: nghttp2_frame_hd) {
        type = Kind(rawValue: header.type)
        flags = header.flags
        length = header.length
        stream = header.stream_id
    }

    /// Reads a header as it is on the wire, in nine bytes.
    init(_ bytes: UnsafeRawBufferPointer) {
        length = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
        type = Kind(rawValue: bytes[3])
        flags = bytes[4]
        // The highest bit is reserved and means nothing.
        stream = bytes[5..<9].reduce(0) { $0 << 8 | Int32($1) } & .max
    }

    var isEndStream: Bool { flags & 1 != 0 }
    var isAck: Bool { flags & 1 != 0 }

    struct Kind: RawRepresentable, Hashable, Sendable {
        let rawValue: UInt8

        static let data = Kind(rawValue: 0)
        static let headers = Kind(rawValue: 1)
        static let priority = Kind(rawValue: 2)
        static let resetStream = Kind(rawValue: 3)
        static let settings = Kind(rawValue: 4)
        static let ping = Kind(rawValue: 6)
        static let goAway = Kind(rawValue: 7)
        static let windowUpdate = Kind(rawValue: 8)
        static let continuation = Kind(rawValue: 9)
    }
}
