import CNghttp2

/// nghttp2 could not go on with a connection; the connection is closed for it.
struct HTTP2Error: Error, CustomStringConvertible {
    /// nghttp2's code.
    let rawValue: Int32

    /// What was being done, to follow "could not".
    let doing: StaticString

    var description: String {
        "The HTTP/2 session could not \(doing): \(String(cString: nghttp2_strerror(rawValue))) (\(rawValue))."
    }

    static func check(_ code: Int32, _ doing: StaticString) throws(HTTP2Error) {
        if code < 0 { throw HTTP2Error(rawValue: code, doing: doing) }
    }
}
