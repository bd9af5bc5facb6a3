#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension UUID: PostgresEncodable, PostgresDecodable {
    /// Sends a `uuid`.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        guard type == .uuid else { throw .cannotSend(UUID.self, as: type) }
        withUnsafeBytes(of: uuid) { buffer.appendRaw($0) }
    }

    /// Reads a `uuid`.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> UUID {
        guard type == .uuid else { throw .cannotRead(type, as: UUID.self) }
        guard bytes.byteCount == 16 else { throw .malformed(type, as: UUID.self, length: bytes.byteCount) }
        return UUID(uuid: bytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
    }
}
