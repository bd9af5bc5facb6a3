import CNghttp2

/// A header block about to be sent, in a form that nghttp2 takes without further copies of the fixed texts.
struct HeaderFields {
    private enum Text {
        case fixed(StaticString)
        case stored(offset: Int, length: Int)
    }

    private var fields: [(name: Text, value: Text)] = []
    private var bytes: [UInt8] = []

    mutating func removeAll() {
        fields.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func add(_ name: StaticString, _ value: StaticString) {
        fields.append((.fixed(name), .fixed(value)))
    }

    mutating func add(_ name: StaticString, _ value: String) {
        fields.append((.fixed(name), store(value)))
    }

    mutating func add(_ metadata: Metadata) {
        guard !metadata.isEmpty else { return }
        for field in metadata.headerFields { fields.append((store(field.name), store(field.value))) }
    }

    /// Adds `grpc-status`, and `grpc-message` if there is one.
    mutating func add(_ status: GRPCStatus) {
        if status.code == .ok {
            add("grpc-status", "0")
        } else {
            add("grpc-status", String(status.code.rawValue))
        }
        if !status.message.isEmpty { add("grpc-message", StatusMessageCoding.encode(status.message)) }
    }

    /// Lends the block to `body` as nghttp2 wants it.
    func withNameValues<R>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> R) -> R {
        bytes.withUnsafeBufferPointer { bytes in
            withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: fields.count) { list in
                for (index, field) in fields.enumerated() {
                    let (name, nameLength, nameFlag) = Self.pointer(field.name, NGHTTP2_NV_FLAG_NO_COPY_NAME, bytes)
                    let (value, valueLength, valueFlag) = Self.pointer(
                        field.value,
                        NGHTTP2_NV_FLAG_NO_COPY_VALUE,
                        bytes
                    )
                    list.initializeElement(
                        at: index,
                        to: nghttp2_nv(
                            name: name,
                            value: value,
                            namelen: nameLength,
                            valuelen: valueLength,
                            flags: nameFlag | valueFlag
                        )
                    )
                }
                return body(list.baseAddress, fields.count)
            }
        }
    }

    private mutating func store(_ text: String) -> Text {
        let offset = bytes.count
        bytes.append(contentsOf: text.utf8)
        return .stored(offset: offset, length: bytes.count - offset)
    }

    /// Where a text lies; fixed texts live as long as the program, so that nghttp2 need not copy them.
    private static func pointer(
        _ text: Text,
        _ noCopy: nghttp2_nv_flag,
        _ bytes: UnsafeBufferPointer<UInt8>
    ) -> (UnsafeMutablePointer<UInt8>?, Int, UInt8) {
        switch text {
        case .fixed(let text):
            (UnsafeMutablePointer(mutating: text.utf8Start), text.utf8CodeUnitCount, UInt8(noCopy.rawValue))
        case .stored(let offset, let length):
            (bytes.baseAddress.map { UnsafeMutablePointer(mutating: $0 + offset) }, length, 0)
        }
    }
}
