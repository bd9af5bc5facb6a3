import Formats
public import Foundation

/// How payloads and results become JSON and are read from it: the one place where that is laid down, for clients and workers alike.
///
/// Dates are text as RFC 3339 has it, in UTC and to the millisecond, such as `2030-01-31T09:00:00.000Z`; any offset and any number of
/// decimals are read. Numbers keep their value: whole ones all of their digits, `Decimal` its own. `Data` is base64.
public enum JobCoding {
    /// Writes a value as JSON. Members are sorted by name, so that the same value is always the same bytes, as is needed where a
    /// request is sent again under one idempotency key.
    ///
    /// - Throws: `EncodingError`.
    public static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(text(of: date))
        }
        return try encoder.encode(value)
    }

    /// Reads a value from JSON.
    ///
    /// - Throws: `DecodingError`.
    public static func decode<Value: Decodable>(_ type: Value.Type, from json: Data) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            guard let date = date(text) else {
                throw DecodingError.dataCorruptedError(
                    in: container,
                    debugDescription: "'\(text.prefix(40))' is no RFC 3339 time, such as 2030-01-31T09:00:00Z"
                )
            }
            return date
        }
        return try decoder.decode(type, from: json)
    }

    /// A time as RFC 3339 has it, to the millisecond.
    public static func text(of date: Date) -> String {
        let milliseconds = Int((date.timeIntervalSince1970 * 1_000).rounded(.down))
        let (seconds, rest) = milliseconds.flooredDivision(by: 1_000)
        return RFC3339.string(seconds: seconds, milliseconds: rest)
    }

    /// The time that a text names; nil when it is none as RFC 3339 has it.
    public static func date(_ text: String) -> Date? {
        RFC3339.date(text)
    }
}
