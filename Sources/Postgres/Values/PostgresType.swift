/// A type of the server, by its object identifier.
///
/// The identifiers of built-in types are fixed (`src/include/catalog/pg_type.dat` of PostgreSQL); those of types that
/// users create start at 16384.
public struct PostgresType: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The object identifier.
    public let rawValue: UInt32

    /// Makes a type from its object identifier.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// `boolean`.
    public static let bool = PostgresType(rawValue: 16)
    /// `bytea`.
    public static let bytea = PostgresType(rawValue: 17)
    /// `"char"`, one byte.
    public static let char = PostgresType(rawValue: 18)
    /// `name`.
    public static let name = PostgresType(rawValue: 19)
    /// `bigint`.
    public static let int8 = PostgresType(rawValue: 20)
    /// `smallint`.
    public static let int2 = PostgresType(rawValue: 21)
    /// `integer`.
    public static let int4 = PostgresType(rawValue: 23)
    /// `text`.
    public static let text = PostgresType(rawValue: 25)
    /// `oid`.
    public static let oid = PostgresType(rawValue: 26)
    /// `json`.
    public static let json = PostgresType(rawValue: 114)
    /// `real`.
    public static let float4 = PostgresType(rawValue: 700)
    /// `double precision`.
    public static let float8 = PostgresType(rawValue: 701)
    /// A literal whose type nothing determines.
    public static let unknown = PostgresType(rawValue: 705)
    /// `character(n)`.
    public static let bpchar = PostgresType(rawValue: 1042)
    /// `character varying`.
    public static let varchar = PostgresType(rawValue: 1043)
    /// `timestamp without time zone`.
    public static let timestamp = PostgresType(rawValue: 1114)
    /// `timestamp with time zone`.
    public static let timestamptz = PostgresType(rawValue: 1184)
    /// `numeric`.
    public static let numeric = PostgresType(rawValue: 1700)
    /// `void`, what a function without a result returns.
    public static let void = PostgresType(rawValue: 2278)
    /// `uuid`.
    public static let uuid = PostgresType(rawValue: 2950)
    /// `jsonb`.
    public static let jsonb = PostgresType(rawValue: 3802)

    /// Whether a user or an extension created the type: an enum, a domain, `citext`...
    public var isUserDefined: Bool { rawValue >= 16384 }

    /// What the elements of this array type are; `nil` when it is no array of a type known here.
    public var arrayElement: PostgresType? { Self.elements[rawValue] }

    /// The type's SQL name, or its number when it is not known here.
    public var description: String {
        if let name = Self.names[rawValue] { return name }
        if let element = arrayElement { return "\(element)[]" }
        return "type \(rawValue)"
    }

    private static let names: [UInt32: String] = [
        16: "boolean", 17: "bytea", 18: "\"char\"", 19: "name", 20: "bigint", 21: "smallint", 23: "integer",
        25: "text", 26: "oid", 114: "json", 700: "real", 701: "double precision", 705: "unknown",
        1042: "character", 1043: "character varying", 1082: "date", 1083: "time", 1114: "timestamp",
        1184: "timestamptz", 1186: "interval", 1700: "numeric", 2249: "record", 2278: "void", 2950: "uuid",
        3802: "jsonb",
    ]

    private static let elements: [UInt32: PostgresType] = [
        1000: .bool, 1001: .bytea, 1002: .char, 1003: .name, 1016: .int8, 1005: .int2, 1007: .int4, 1009: .text,
        1028: .oid, 199: .json, 1021: .float4, 1022: .float8, 1014: .bpchar, 1015: .varchar, 1115: .timestamp,
        1185: .timestamptz, 1231: .numeric, 2951: .uuid, 3807: .jsonb,
    ]
}
