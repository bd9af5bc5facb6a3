#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Data: PostgresEncodable, PostgresDecodable {
    /// Sends a `bytea`.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        guard type == .bytea else { throw .cannotSend(Data.self, as: type) }
        buffer.append(self)
    }

    /// Reads a `bytea`.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> Data {
        guard type == .bytea else { throw .cannotRead(type, as: Data.self) }
        return bytes.withUnsafeBytes { Data($0) }
    }
}
