/// A received header block: a request's head, a response's head, or trailers.
///
/// What the protocol itself uses is read at once, everything else goes into ``metadata``.
struct IncomingHead: Sendable {
    var isPost = false
    var isHead = false
    var path = ""
    var httpStatus: Int?
    var contentType = ContentType.missing
    var timeout: Duration?
    var encoding: String?
    var acceptsGzip = false
    var grpcStatus: Int?
    var grpcMessage = ""
    var metadata = Metadata()

    /// The first thing in the block that breaks gRPC's grammar, as a sentence.
    var malformed: String?

    /// The size as RFC 9113 counts a header list: names, values and 32 bytes a field.
    private(set) var size = 0

    enum ContentType: Hashable, Sendable {
        case missing
        case grpc
        case other
    }

    /// Takes in one field, whose name nghttp2 has checked to be in lower case.
    /// - Parameter limit: past this size fields are counted, and no longer kept.
    mutating func add(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, limit: Int) {
        size += name.count + value.count + 32
        guard size <= limit else { return }
        if name.first == UInt8(ascii: ":") {
            addPseudo(name: name, value: value)
        } else if name.starts(with: "grpc-") {
            addProtocolField(name: name, value: value)
        } else if name.equals("content-type") {
            contentType = Self.isGRPC(value) ? .grpc : .other
        } else if !name.equals("te") {
            let key = String(decoding: name, as: UTF8.self)
            if !metadata.addReceived(name: key, value: value) {
                malformed = malformed ?? "The metadata key '\(key)' does not carry valid base64."
            }
        }
    }

    private mutating func addPseudo(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        if name.equals(":path") {
            path = String(decoding: value, as: UTF8.self)
        } else if name.equals(":method") {
            isPost = value.equals("POST")
            isHead = value.equals("HEAD")
        } else if name.equals(":status") {
            httpStatus = Int(String(decoding: value, as: UTF8.self))
        }
    }

    private mutating func addProtocolField(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        if name.equals("grpc-status") {
            grpcStatus = Int(String(decoding: value, as: UTF8.self)) ?? GRPCStatus.Code.unknown.rawValue
        } else if name.equals("grpc-message") {
            grpcMessage = StatusMessageCoding.decode(value)
        } else if name.equals("grpc-timeout") {
            timeout = GRPCTimeout.decode(value)
            if timeout == nil { malformed = malformed ?? "The 'grpc-timeout' header is malformed." }
        } else if name.equals("grpc-encoding") {
            encoding = String(decoding: value, as: UTF8.self)
        } else if name.equals("grpc-accept-encoding") {
            acceptsGzip = String(decoding: value, as: UTF8.self).split(separator: ",")
                .contains { $0.drop { $0 == " " } == "gzip" }
        } else {
            let key = String(decoding: name, as: UTF8.self)
            if !metadata.addReceived(name: key, value: value) {
                malformed = malformed ?? "The metadata key '\(key)' does not carry valid base64."
            }
        }
    }

    /// `application/grpc`, alone or with parameters, or with the subtype `+proto`; not `application/grpc-web`.
    private static func isGRPC(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.starts(with: "application/grpc") else { return false }
        let rest = value.dropFirst(16)
        guard let next = rest.first else { return true }
        if next == UInt8(ascii: ";") || next == UInt8(ascii: " ") { return true }
        guard rest.starts(with: "+proto".utf8) else { return false }
        let end = rest.dropFirst(6).first
        return end == nil || end == UInt8(ascii: ";")
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && starts(with: text)
    }

    fileprivate func starts(with text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount where self[index] != text.utf8Start[index] { return false }
        return true
    }
}
