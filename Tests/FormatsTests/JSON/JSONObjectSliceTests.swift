import Formats
import Testing

@Suite struct JSONObjectSliceTests {
    private func parse(_ text: String) throws -> JSONObjectSlice {
        try JSONObjectSlice(parsing: Array(text.utf8))
    }

    @Test func keepsMembersInOrder() throws {
        let object = try parse(#" { "z" : 1, "a" : {"b":[1,2],"c":"}"} ,"\u0061\n":"x","":null} "#)
        #expect(object.members.map(\.name) == ["z", "a", "a\n", ""])
        #expect(object["z"]?.int == 1)
        #expect(try object["a"]?.object?["c"]?.string == "}")
        #expect(object["a\n"]?.string == "x")
        #expect(object[""]?.isNull == true)
        #expect(object["b"] == nil)
        #expect(try parse("{ }").members.isEmpty)
    }

    @Test(arguments: [
        (#"{"a":1,"b":2,"a":3}"#, "a", 13), (#"{"a":1,"\u0061":2}"#, "a", 7), (#"{"":1,"":1}"#, "", 6),
        (#"{"é":1,"\u00e9":1}"#, "é", 8),
    ])
    func refusesANameThatComesTwice(_ text: String, _ name: String, _ offset: Int) {
        let error = #expect(throws: JSONError.self) { try parse(text) }
        #expect(error?.problem == .duplicateName(name))
        #expect(error?.offset == offset)
        #expect(error?.description.hasSuffix("the name \"\(name)\" comes a second time in the same object") == true)
    }

    @Test func namesWithDifferentCodeUnitsAreDifferent() throws {
        // Equal as Swift strings, because canonically equivalent; not as JSON names.
        let object = try parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(object["\u{E9}"]?.int == 1)
        #expect(object["e\u{301}"]?.int == 2)
    }

    @Test func refusesARepeatedNameAmongMany() throws {
        let members = (0..<5_000).map { "\"name \($0)\":\($0)" }
        let object = try parse("{\(members.joined(separator: ","))}")
        #expect(object.members.count == 5_000)
        #expect(object["name 4999"]?.int == 4_999)
        let beginning = "{\(members.joined(separator: ",")),"
        let error = #expect(throws: JSONError.self) { try parse(beginning + "\"name 17\":0}") }
        #expect(error?.problem == .duplicateName("name 17"))
        #expect(error?.offset == beginning.utf8.count, "It is the second one that is refused.")
    }

    @Test func objectsInsideAreLookedAtWhenAskedFor() throws {
        let object = try parse(#"{"retry":{"base":1,"base":2}}"#)
        let retry = try #require(object["retry"])
        let error = #expect(throws: JSONError.self) { try retry.object }
        #expect(error?.problem == .duplicateName("base"))
        #expect(error?.offset == 19)
    }

    @Test func isAValueToo() throws {
        #expect(String(decoding: try parse(" {\"a\": 1} ").value.rawBytes, as: UTF8.self) == "{\"a\": 1}")
    }
}
