import Formats
import Testing

@Suite struct JSONErrorTests {
    @Test(arguments: [
        ("", "line 1, column 1 (byte 0): expected a value, found the end of the text"),
        ("{\"a\":1,}", "line 1, column 8 (byte 7): expected a name in quotation marks, found \"}\""),
        ("{\"a\" 1}", "line 1, column 6 (byte 5): expected \":\" after a name, found \"1\""),
        ("{\"a\":1 \"b\":2}", "line 1, column 8 (byte 7): expected \",\" or \"}\" after a member, found \"\"\""),
        ("[1 2]", "line 1, column 4 (byte 3): expected \",\" or \"]\" after an element, found \"2\""),
        ("{\n  \"a\": 1,\n  \"b\": tru\n}", "line 3, column 8 (byte 19): expected \"true\", found \"t\""),
        ("[\"żółć\", \"🙂\" x]", "line 1, column 14 (byte 20): expected \",\" or \"]\" after an element, found \"x\""),
        ("1.x", "line 1, column 3 (byte 2): expected a digit, found \"x\""),
        (
            "\"a\tb\"",
            "line 1, column 3 (byte 2): expected a control character in a string to be escaped, found the byte 0x09"
        ),
        ("\"abc", "line 1, column 5 (byte 4): expected a closing quotation mark, found the end of the text"),
        (#""\q""#, #"line 1, column 3 (byte 2): expected one of " \ / b f n r t u after a backslash, found "q""#),
        (#""\u12G4""#, "line 1, column 6 (byte 5): expected a hexadecimal digit, found \"G\""),
        (
            #""\uD800!""#,
            #"line 1, column 8 (byte 7): expected the second half of a surrogate pair, \uDC00 to \uDFFF, found "!""#
        ),
        (
            #""a\uDC00""#,
            #"line 1, column 3 (byte 2): expected the first half of a surrogate pair, \uD800 to \uDBFF, before its second, found "\""#
        ),
        (
            "\u{FEFF}{}",
            "line 1, column 1 (byte 0): expected a value, found a byte order mark (EF BB BF), which JSON is sent without"
        ),
        ("{} {}", "line 1, column 4 (byte 3): expected the end of the text, found \"{\""),
    ])
    func namesThePlaceAndWhatBelongsThere(_ text: String, _ description: String) {
        let error = #expect(throws: JSONError.self) { try JSONValueSlice(parsing: Array(text.utf8)) }
        #expect(error?.description == description)
    }

    @Test func namesTheDepth() {
        let text = String(repeating: "[\n", count: 129)
        let error = #expect(throws: JSONError.self) { try JSONValueSlice(parsing: Array(text.utf8)) }
        #expect(error?.description == "line 129, column 1 (byte 256): objects and arrays are nested more than 128 deep")
    }

    @Test func namesWhatIsNotAnObject() {
        let error = #expect(throws: JSONError.self) { try JSONObjectSlice(parsing: Array("\n [1]".utf8)) }
        #expect(error?.description == "line 2, column 2 (byte 2): expected an object, found a value of type array")
    }

    @Test func placesCountFromTheDocumentsBeginning() {
        let document = Array("{\"a\":1}\n{\"a\":x}\n".utf8)
        let error = #expect(throws: JSONError.self) { try JSONObjectSlice(parsing: document, in: 8..<15) }
        #expect(error?.description == "line 2, column 6 (byte 13): expected a value, found \"x\"")
        let cut = #expect(throws: JSONError.self) { try JSONObjectSlice(parsing: document, in: 8..<13) }
        #expect(cut?.description == "line 2, column 6 (byte 13): expected a value, found the end of the text")
    }
}
