import Formats
import Testing

/// What a parser must accept and must refuse by RFC 8259, case by case.
@Suite struct JSONAcceptanceTests {
    private static let nested128 = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)

    @Test(arguments: [
        // Values, alone and with white space.
        "null", "true", "false", "0", #""""#, "{}", "[]", " \t\r\n null \t\r\n ", "[ ]", "{ }", "[\n]",
        // Numbers.
        "-0", "-1", "10", "0.0", "-0.5", "1e5", "1E5", "1e+5", "1e-5", "1.5e007", "0e0",
        "123456789012345678901234567890",
        "1e999999", "-1e-999999", "0.1000000000000000055511151231257827021181583404541015625", "[1,2]", "[-0.1E+2 ]",
        // Strings.
        #""a""#, #""\" \\ \/ \b \f \n \r \t""#, #""\u0041\u00e9\uFFFF\u0000""#, #""\uD83D\uDE00\uDBFF\uDFFF""#,
        #""\ud83d\ude00""#,
        "\"\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"", "\"\u{FEFF}\"", "\"\u{2028}\u{2029}\"", #""//*""#,
        #""12345678\n12345678""#, "\"1234567żółć1234567🙂\"", #""\\\\\"""#, #""\uD7FF\uE000""#,
        // Arrays and objects.
        "[null,true,false,0,\"\",{},[]]", "[[[[]]]]", #"{"a":1}"#, #"{"a":{"b":[1,{"c":null}]}}"#, #"{"":0}"#,
        #"{"a\"b":"}"}"#,
        #"{ "a" : 1 , "b" : 2 }"#, #"{"\u0000":0}"#, #"[{"a":1,"a":2}]"#, nested128,
    ])
    func accepts(_ text: String) throws {
        _ = try JSONValueSlice(parsing: Array(text.utf8))
    }

    @Test(arguments: [
        // Nothing, or more than one value.
        "", " ", "1 2", "[] []", "{}x", "null,", "[]]", "{}}", "\"a\"b", "1\u{0}", "[1]\u{0}",
        // Literals.
        "n", "nul", "nulL", "True", "TRUE", "fals", "falsee", "undefined", "NaN", "Infinity", "-Infinity", "nan",
        // Numbers.
        "-", "+1", "01", "-01", "00", "1.", ".5", "-.5", "1.e5", "1e", "1e+", "1eE2", "1.2.3", "0x1F", "1_000", "1,000",
        "--1", "1-",
        "0e", "1e1.5", "１", "1 000", "- 1", "1f", "2.e3", "0.3e", "0.e1", "9.e+", "-2.", "-foo",
        // Strings.
        "\"", "\"a", "'a'", "a", #""\"#, #""\""#, #""\a""#, #""\x41""#, #""\U0041""#, #""\u""#, #""\u00""#, #""\u004""#,
        #""\u004G""#,
        #""\u+041""#, #""\u 041""#, "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\u{1F}\"", "\"12345678\u{1}\"", #""\0""#,
        #""\'""#, "\"\\\n\"", "\"\\é\"",
        // Surrogates without their other half.
        #""\uD800""#, #""\uDBFF""#, #""\uDC00""#, #""\uDFFF""#, #""\uD800\uD800""#, #""\uD800\u0041""#,
        #""\uDC00\uD800""#, #""\uD800x""#,
        #""\uD800\n""#, #""\uD83D\uDE0""#, #""\uD83D\""#, #""\uD800\\uDC00""#, #""a\uD800"#,
        // Arrays and objects.
        "[", "]", "[1", "[1,", "[,1]", "[1,]", "[1,,2]", "[1 2]", "[1:2]", "[\"a\"", "[}", "{", "}", "{]", "{\"a\"",
        "{\"a\":", "{\"a\":1", "{\"a\":1,",
        "{\"a\":1,}", "{,\"a\":1}", "{\"a\" 1}", "{\"a\"::1}", "{\"a\",1}", "{a:1}", "{1:1}", "{'a':1}", "{null:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,,\"b\":2}", "{\"a\"}", "{:1}", "{[]:1}", "[\"a\":1]", "[[]", "[{]}", "[1}",
        // What only looks like white space, and comments.
        "\u{C}1", "\u{B}1", "\u{A0}1", "\u{2028}1", "\u{FEFF}1", "\u{85}1", "// a\n1", "/* a */1", "1 # a", "[1/**/]",
        // One level too deep.
        "[" + nested128 + "]", "{\"a\":" + nested128 + "}", String(repeating: "[", count: 100_000),
        String(repeating: "{\"a\":", count: 100_000),
    ])
    func refuses(_ text: String) {
        #expect(throws: JSONError.self) { try JSONValueSlice(parsing: Array(text.utf8)) }
    }

    /// Byte sequences that are not UTF-8, by the Unicode Standard, table 3-7 and section 3.9.
    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x7F], [0xC2, 0xC0], [0xE0, 0x80, 0x80],
            [0xE0, 0x9F, 0xBF],
            [0xE1, 0x80], [0xE1, 0x80, 0x7F], [0xE1, 0x80, 0xC0], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xEF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80], [0xF1, 0x80, 0x80, 0x7F],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xE9, 0x62],
        ] as [[UInt8]]
    )
    func refusesWhatIsNotUTF8(_ bytes: [UInt8]) {
        for padding in 0..<9 {
            let text = Array("[\"".utf8) + Array(repeating: UInt8(ascii: "a"), count: padding) + bytes
            let error = #expect(throws: JSONError.self) { try JSONValueSlice(parsing: text + Array("\"]".utf8)) }
            #expect(error?.description.contains("expected UTF-8") == true)
            #expect(error?.offset == 2 + padding)
            #expect(throws: JSONError.self) { try JSONValueSlice(parsing: text) }
        }
    }

    @Test func acceptsEveryScalar() throws {
        var text: [UInt8] = [UInt8(ascii: "\"")]
        var expected = ""
        for value in 0x20...0x10FFFF as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else {
                continue
            }
            expected.unicodeScalars.append(scalar)
        }
        text += Array(expected.utf8) + [UInt8(ascii: "\"")]
        let decoded = try #require(try JSONValueSlice(parsing: text).string)
        #expect(decoded.utf8.elementsEqual(expected.utf8))
    }

    @Test func theDepthLimitIsTheCallers() throws {
        let text = Array("[[[]]]".utf8)
        _ = try JSONValueSlice(parsing: text, depthLimit: 3)
        let error = #expect(throws: JSONError.self) { try JSONValueSlice(parsing: text, depthLimit: 2) }
        #expect(error?.problem == .tooDeep(limit: 2))
        #expect(error?.offset == 2)
        _ = try JSONValueSlice(parsing: Array("1".utf8), depthLimit: 0)
    }
}
