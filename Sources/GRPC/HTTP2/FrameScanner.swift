/// Finds the headers of all frames in the bytes that a peer sends, wherever reads cut them.
///
/// nghttp2 does not report every frame it reads, such as those of unknown types; the ``FloodGuard`` has to see them all.
struct FrameScanner {
    /// Bytes until the next header begins.
    private var skip: Int
    private var partial: [UInt8] = []

    /// Bytes of the preface that a client sends ahead of its first frame (RFC 9113, section 3.4).
    static let prefaceLength = 24

    /// The length of a frame's header.
    private static let headerLength = 9

    /// - Parameter skip: bytes ahead of the first frame.
    init(skipping skip: Int) { self.skip = skip }

    /// Goes through received bytes.
    /// - Parameter accept: gets each header, and returns whether to go on.
    /// - Returns: whether all were accepted.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, accept: (HTTP2FrameHeader) -> Bool) -> Bool {
        var offset = 0
        while offset < bytes.count {
            if skip > 0 {
                let step = min(skip, bytes.count - offset)
                skip -= step
                offset += step
                continue
            }
            let header: HTTP2FrameHeader
            if partial.isEmpty, bytes.count - offset >= Self.headerLength {
                header = HTTP2FrameHeader(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Self.headerLength]))
                offset += Self.headerLength
            } else {
                partial.append(bytes[offset])
                offset += 1
                guard partial.count == Self.headerLength else { continue }
                header = partial.withUnsafeBytes { HTTP2FrameHeader($0) }
                partial.removeAll(keepingCapacity: true)
            }
            skip = header.length
            guard accept(header) else { return false }
        }
        return true
    }
}
