import Formats
import Testing

@Suite struct JSONValueSliceTests {
    private func parse(_ text: String) throws -> JSONValueSlice {
        try JSONValueSlice(parsing: Array(text.utf8))
    }

    @Test(arguments: [
        ("{}", JSONValueSlice.Kind.object), ("[]", .array), (#""""#, .string), ("0", .number), ("-1", .number),
        ("true", .boolean),
        ("false", .boolean), ("null", .null),
    ])
    func aValueIsOfOneTypeOnly(_ text: String, _ kind: JSONValueSlice.Kind) throws {
        let value = try parse(text)
        #expect(value.kind == kind)
        #expect((try value.object != nil) == (kind == .object))
        #expect((value.array != nil) == (kind == .array))
        #expect((value.string != nil) == (kind == .string))
        #expect((value.int != nil) == (kind == .number))
        #expect((value.double != nil) == (kind == .number))
        #expect((value.bool != nil) == (kind == .boolean))
        #expect(value.isNull == (kind == .null))
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("42", 42), ("-42", -42), ("9223372036854775807", Int.max),
            ("-9223372036854775808", Int.min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("5.0", 5), ("-5.00", -5), ("1e3", 1_000),
            ("1.5e1", 15),
            ("2500e-2", 25), ("0.5", nil), ("1e-1", nil), ("9007199254740991.0", 9_007_199_254_740_991),
            ("9007199254740992.0", nil),
            ("1e400", nil), ("123456789012345678901234567890", nil),
        ] as [(String, Int?)]
    )
    func readsWholeNumbers(_ text: String, _ expected: Int?) throws {
        #expect(try parse(text).int == expected)
    }

    @Test(
        arguments: [
            ("0", 0), ("0.1", 0.1), ("-1.5e-7", -1.5e-7), ("1E5", 1e5), ("1e400", nil), ("-1e400", nil), ("1e-400", 0),
            ("100000000000000000000", 1e20), ("4.9e-324", .leastNonzeroMagnitude),
            ("1.7976931348623157e308", Double.greatestFiniteMagnitude),
        ] as [(String, Double?)]
    )
    func readsNumbers(_ text: String, _ expected: Double?) throws {
        #expect(try parse(text).double == expected)
    }

    @Test(arguments: [
        (#""""#, ""), (#""plain""#, "plain"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041""#, "A"),
        (#""\u00e9\u00E9""#, "éé"), (#""\uD83D\uDE42""#, "🙂"), (#""a\u0000b""#, "a\u{0}b"),
        (#""x\uDBFF\uDFFFy""#, "x\u{10FFFF}y"),
        (#""żółć 🙂\n""#, "żółć 🙂\n"), (#""\\n""#, "\\n"), (#""\\\"""#, "\\\""), (#""\n\n""#, "\n\n"),
        (#""12345678\n""#, "12345678\n"),
        (#""\uFFFF\uFEFF""#, "\u{FFFF}\u{FEFF}"),
    ])
    func readsStrings(_ text: String, _ expected: String) throws {
        let string = try #require(try parse(text).string)
        #expect(string.utf8.elementsEqual(expected.utf8))
    }

    @Test func keepsEveryByteAsItWasSent() throws {
        let payload =
            "{ \"z\" : 1.000000000000000000001e0,\t\"a\":[ 1 , \"\\u0041\\/\" ],\n \"z\":123456789012345678901234567890 }"
        let object = try JSONObjectSlice(parsing: Array(" {\"payload\": \(payload) , \"x\":1}".utf8))
        let value = try #require(object["payload"])
        #expect(String(decoding: value.rawBytes, as: UTF8.self) == payload)
        #expect(value.offset == 13)
        #expect(value.rawBytes.startIndex == value.offset)
    }

    @Test func takesArraysApart() throws {
        let array = try #require(try parse(#" [ 1 ,"a,]\"" , [2,[3]],{"b":"}"}, null ,-1.5e3] "#).array)
        let raw = array.map { String(decoding: $0.rawBytes, as: UTF8.self) }
        #expect(raw == ["1", #""a,]\"""#, "[2,[3]]", #"{"b":"}"}"#, "null", "-1.5e3"])
        #expect(array[2].array?.last?.array?.first?.int == 3)
        #expect(try parse("[ ]").array?.count == 0)
    }

    @Test func readsOnlyItsRange() throws {
        let document = Array("garbage [1] garbage".utf8)
        #expect(try JSONValueSlice(parsing: document, in: 7..<12).array?.first?.int == 1)
        #expect(throws: JSONError.self) { try JSONValueSlice(parsing: document, in: 7..<13) }
        #expect(throws: JSONError.self) { try JSONValueSlice(parsing: document, in: 8..<8) }
        #expect(throws: JSONError.self) { try JSONValueSlice(parsing: [], in: 0..<0) }
    }
}
