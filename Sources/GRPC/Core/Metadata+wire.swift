extension Metadata {
    /// Whether `key` may be sent: the characters that gRPC allows, and not a name that the protocol keeps for itself.
    static func isValidKey(_ key: String) -> Bool {
        let reserved = ["te", "content-type", "user-agent", "connection", "host", "transfer-encoding", "upgrade"]
        guard !key.isEmpty, !key.hasPrefix("grpc-"), !reserved.contains(key) else { return false }
        return key.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
            default: false
            }
        }
    }

    /// Says which entry cannot travel, and why; `nil` if all can.
    func invalidEntry() -> String? {
        for entry in entries {
            guard Self.isValidKey(entry.key) else {
                return
                    "The metadata key '\(entry.key)' is reserved or has characters other than a-z, 0-9, '-', '_' and '.'."
            }
            switch entry.value {
            case .string(let text):
                if entry.key.hasSuffix("-bin") { return "The metadata key '\(entry.key)' needs a binary value." }
                guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                    return
                        "The value of the metadata key '\(entry.key)' is not printable ASCII; use a key ending in '-bin'."
                }
            case .binary:
                if !entry.key.hasSuffix("-bin") {
                    return "The metadata key '\(entry.key)' must end in '-bin' to carry bytes."
                }
            }
        }
        return nil
    }

    /// The entries as header fields.
    var headerFields: [(name: String, value: String)] {
        entries.map { entry in
            switch entry.value {
            case .string(let text): (entry.key, text)
            case .binary(let bytes): (entry.key, Base64.encode(bytes))
            }
        }
    }

    /// Adds a received header field; `false` if its base64 cannot be read.
    ///
    /// Several binary values may have been joined with commas on the way.
    mutating func addReceived(name: String, value: UnsafeRawBufferPointer) -> Bool {
        guard name.hasSuffix("-bin") else {
            addString(String(decoding: value, as: UTF8.self), forKey: name)
            return true
        }
        for part in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let trimmed = part.drop { $0 == UInt8(ascii: " ") }
            guard let bytes = Base64.decode(trimmed) else { return false }
            addBinary(bytes, forKey: name)
        }
        return true
    }
}
