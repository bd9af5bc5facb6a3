import Foundation
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ValueTests {
    @Test func valuesComeBackAsTheyWereSent() async throws {
        let db = try await TestDatabase.shared().connect()
        for value in [true, false] { #expect(try await db.value("select $1::bool", value) == value) }
        for value in [Int16.min, -1, 0, .max] { #expect(try await db.value("select $1::int2", value) == value) }
        for value in [Int32.min, -1, 0, .max] { #expect(try await db.value("select $1::int4", value) == value) }
        for value in [Int64.min, -1, 0, .max] { #expect(try await db.value("select $1::int8", value) == value) }
        for value in [Int.min, -1, 0, .max] { #expect(try await db.value("select $1::int8", value) == value) }
        for value in [Double.infinity, -0.5, 0, .leastNonzeroMagnitude, .greatestFiniteMagnitude] {
            #expect(try await db.value("select $1::float8", value) == value)
        }
        #expect(try await db.value("select $1::float8", Double.nan, as: Double.self).isNaN)
        #expect(try await db.value("select $1::float4", Float(1.5)) == Float(1.5))
        for value in ["", "plain", "Ünïcødé 👩‍🚀 \u{1}\t\n\\'\"", String(repeating: "x", count: 100_000)] {
            #expect(try await db.value("select $1::text", value) == value)
            #expect(try await db.value("select $1::varchar", value) == value)
        }
        let uuid = UUID()
        #expect(try await db.value("select $1::uuid", uuid) == uuid)
        #expect(try await db.value("select $1::uuid::text", uuid) == uuid.uuidString.lowercased())
        for bytes in [[], [0, 255, 0], [UInt8](repeating: 7, count: 70_000)] as [[UInt8]] {
            #expect(try await db.value("select $1::bytea", bytes) == bytes)
            #expect(try await db.value("select $1::bytea", Data(bytes)) == Data(bytes))
        }
    }

    @Test func theServerSeesWhatWasMeant() async throws {
        let db = try await TestDatabase.shared().connect()
        #expect(try await db.value("select ($1::int4)::text", -5) == "-5")
        #expect(try await db.value("select ($1::float8)::text", 0.1) == "0.1")
        #expect(try await db.value("select encode($1::bytea, 'hex')", [1, 0xAB] as [UInt8]) == "01ab")
        #expect(try await db.value("select ($1::text[])::text", ["a", "b c", ""]) == #"{a,"b c",""}"#)
        #expect(try await db.value("select ($1::int8[])::text", [1, nil, 3] as [Int?]) == "{1,NULL,3}")
    }

    @Test func nullIsNil() async throws {
        let db = try await TestDatabase.shared().connect()
        #expect(try await db.value("select $1::text", String?.none) == String?.none)
        #expect(try await db.value("select $1::text", String?("a")) == String?("a"))
        #expect(try await db.value("select $1::int8 is null", Int?.none) == true)
        let error = await #expect(throws: PostgresError.self) {
            try await db.value("select null::int4 as missing", as: Int.self)
        }
        #expect(error?.kind == .decoding)
        #expect(error?.column == "missing")
        #expect(error?.description.contains("Int?") == true)
    }

    @Test func jsonKeepsItsBytes() async throws {
        let db = try await TestDatabase.shared().connect()
        let text = #"{"b": 1.0e2,  "a": "\u00e9", "b": 12345678901234567890}"#
        #expect(try await db.value("select $1::json", PostgresJSON(text)) == PostgresJSON(text))
        #expect(try await db.value("select $1::jsonb ->> 'a'", PostgresJSON(text)) == "é")
        let stored: PostgresJSON = try await db.value("select $1::jsonb", PostgresJSON("[1,2]"))
        #expect(stored.text == "[1, 2]")
        let many = [PostgresJSON("1"), PostgresJSON(#""x""#)]
        #expect(try await db.value("select $1::jsonb[]", many) == many)
        #expect(try await db.value("select $1::json[]", many) == many)
    }

    @Test func arraysOfEveryTypeComeBack() async throws {
        let db = try await TestDatabase.shared().connect()
        let uuids = (0..<50).map { _ in UUID() }
        #expect(try await db.value("select $1::uuid[]", uuids) == uuids)
        #expect(try await db.value("select $1::uuid[]", [UUID]()) == [UUID]())
        #expect(try await db.value("select $1::bool[]", [true, false]) == [true, false])
        #expect(try await db.value("select $1::int2[]", [1, -2] as [Int16]) == [1, -2] as [Int16])
        #expect(try await db.value("select $1::int4[]", [1, -2] as [Int32]) == [1, -2] as [Int32])
        #expect(try await db.value("select $1::int4[]", [1, -2]) == [1, -2])
        #expect(try await db.value("select $1::float8[]", [1.5, -2]) == [1.5, -2])
        #expect(try await db.value("select $1::float4[]", [1.5, -2] as [Float]) == [1.5, -2] as [Float])
        let bytes: [[UInt8]] = [[], [1, 2, 0], [255]]
        #expect(try await db.value("select $1::bytea[]", bytes) == bytes)
        let texts: [String?] = ["a", nil, "", "NULL", "{}"]
        #expect(try await db.value("select $1::text[]", texts) == texts)
        let dates = [Date(timeIntervalSinceReferenceDate: 0.000001), Date(timeIntervalSince1970: 0)]
        #expect(try await db.value("select $1::timestamptz[]", dates) == dates)
        #expect(try await db.value("select $1::text[]", [String]?.none) == [String]?.none)
    }

    @Test func enumsAndOtherUserTypesAreText() async throws {
        enum Mood: String, PostgresEncodable, PostgresDecodable, PostgresArrayElement { case sad, happy }
        let db = try await TestDatabase().connect()
        try await db.execute("create type mood as enum ('sad', 'happy', 'odd'); create domain name_ as text")
        #expect(try await db.value("select $1::mood", Mood.happy) == Mood.happy)
        #expect(try await db.value("select $1::mood", "sad") == "sad")
        #expect(try await db.value("select $1::name_", "x") == "x")
        #expect(try await db.value("select $1::text[]::mood[]", [Mood.sad, .happy]) == [Mood.sad, .happy])
        let error = await #expect(throws: PostgresError.self) {
            try await db.value("select 'odd'::mood", as: Mood.self)
        }
        #expect(error?.description.contains("odd") == true)
    }

    @Test func numbersThatDoNotFitAreRefused() async throws {
        let db = try await TestDatabase.shared().connect()
        let error = await #expect(throws: PostgresError.self) { try await db.query(.sql("select $1::int2"), 40_000) }
        #expect(error?.kind == .encoding)
        #expect(error?.description.contains("parameter $1") == true)
        #expect(error?.description.contains("40000") == true)
        await #expect(throws: PostgresError.self) { try await db.value("select 40000::int4", as: Int16.self) }
        #expect(try await db.value("select 1") == 1)
    }

    @Test func wrongTypesAreNamed() async throws {
        let db = try await TestDatabase.shared().connect()
        let sent = await #expect(throws: PostgresError.self) { try await db.query(.sql("select $1::uuid"), "x") }
        #expect(sent?.description.contains("uuid") == true && sent?.description.contains("String") == true)
        let read = await #expect(throws: PostgresError.self) {
            try await db.value("select 1::int8 as run", as: UUID.self)
        }
        #expect(read?.description.contains("column \"run\"") == true && read?.description.contains("bigint") == true)
        let count = await #expect(throws: PostgresError.self) { try await db.query(.sql("select $1::int4"), 1, 2) }
        #expect(count?.description.contains("takes 1 parameters, but 2") == true)
        let name = await #expect(throws: PostgresError.self) {
            try await db.query(.sql("select 1 as a")).first?.decode("b", as: Int.self)
        }
        #expect(name?.description.contains("no column \"b\" among a") == true)
    }

    @Test func textThatPostgresCannotHoldIsRefused() async throws {
        let db = try await TestDatabase.shared().connect()
        let nul = await #expect(throws: PostgresError.self) { try await db.query(.sql("select $1::text"), "a\0b") }
        #expect(nul?.kind == .encoding && nul?.description.contains("NUL") == true)
        let element = await #expect(throws: PostgresError.self) {
            try await db.query(.sql("select $1::text[]"), ["a", "\0"])
        }
        #expect(element?.description.contains("NUL") == true)
        await #expect(throws: PostgresError.self) { try await db.query(.sql("select 'a\0b'")) }
        await #expect(throws: PostgresError.self) { try await db.execute("select 1; \0 drop table x") }
        let invalid = await #expect(throws: PostgresError.self) {
            try await db.query(.sql("select $1::json"), PostgresJSON(bytes: [0x22, 0xFF, 0x22]))
        }
        #expect(invalid?.sqlState == .characterNotInRepertoire)
        #expect(try await db.value("select 1") == 1)
    }
}
