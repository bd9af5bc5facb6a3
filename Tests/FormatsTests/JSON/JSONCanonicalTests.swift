import Formats
import Testing

@Suite struct JSONCanonicalTests {
    private func canonical(_ text: String) throws -> String {
        String(decoding: try JSONValueSlice(parsing: Array(text.utf8)).canonicalBytes, as: UTF8.self)
    }

    @Test(arguments: [
        (#"{ "b": [1, {"d":null,"c":true}], "a" : "x" }"#, #"{"a":"x","b":[1,{"c":true,"d":null}]}"#),
        (#"{"\u0061":"\u0078"}"#, #"{"a":"x"}"#),
        ("[1.0, 1, -0, 1e2]", "[1.0,1,-0,1e2]"),
        (#"{"z":1,"é":2,"":3}"#, #"{"":3,"z":1,"é":2}"#),
    ])
    func whatSaysTheSameBecomesTheSame(text: String, expected: String) throws {
        #expect(try canonical(text) == expected)
        #expect(try canonical(expected) == expected)
    }

    @Test func aNameThatComesTwiceStaysAsItIs() throws {
        let text = #"{"a":{"b":1, "b":2}}"#
        #expect(try canonical(text) == text)
    }
}
