/// A JSON document as its text, for `json` and `jsonb` columns.
///
/// The bytes travel as they are. A `json` column keeps them exactly; `jsonb` keeps the meaning, not the spelling.
public struct PostgresJSON: Sendable, Hashable {
    /// The document in UTF-8. The server checks it.
    public let bytes: [UInt8]

    /// Wraps a document's bytes.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Wraps a document's text.
    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The document's text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension PostgresJSON: PostgresEncodable, PostgresDecodable {
    /// The version that starts a `jsonb` value in binary format.
    private static let jsonbVersion: UInt8 = 1

    /// Sends a `json` or `jsonb`.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        switch type {
        case .json: break
        case .jsonb: buffer.append(Self.jsonbVersion)
        default: throw .cannotSend(PostgresJSON.self, as: type)
        }
        buffer.append(bytes)
    }

    /// Reads a `json` or `jsonb`.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> PostgresJSON {
        switch type {
        case .json:
            return PostgresJSON(bytes: [UInt8](copying: bytes))
        case .jsonb:
            guard bytes.byteCount > 1, bytes.bigEndian(UInt8.self) == jsonbVersion else {
                throw .malformed(type, as: PostgresJSON.self, length: bytes.byteCount)
            }
            return PostgresJSON(bytes: [UInt8](copying: bytes.extracting(droppingFirst: 1)))
        default:
            throw .cannotRead(type, as: PostgresJSON.self)
        }
    }
}
