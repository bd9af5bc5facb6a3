extension String: PostgresEncodable, PostgresDecodable {
    /// Sends `text` and its kin, or the text of an enum, a domain over text or another type created by a user.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        guard Self.isText(type) else { throw .cannotSend(String.self, as: type) }
        try buffer.append(text: self)
    }

    /// Reads `text` and its kin, or the text of an enum, a domain over text or another type created by a user.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> String {
        guard isText(type) else { throw .cannotRead(type, as: String.self) }
        let text = bytes.withUnsafeBytes { String(validating: $0, as: UTF8.self) }
        guard let text else {
            throw PostgresValueError("holds bytes that are not UTF-8; is the database's encoding SQL_ASCII?")
        }
        return text
    }

    private static func isText(_ type: PostgresType) -> Bool {
        switch type {
        case .text, .varchar, .bpchar, .name, .char, .unknown: true
        default: type.isUserDefined
        }
    }
}
