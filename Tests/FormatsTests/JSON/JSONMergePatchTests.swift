import Testing

@testable import Formats

@Suite struct JSONMergePatchTests {
    /// The examples of RFC 7396, appendix A, and numbers and white space that stay as they are.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
        (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        (#"{"n": 1.00, "o": [ 1e400 ]}"#, #"{"p": 2.50}"#, #"{"n":1.00,"o":[ 1e400 ],"p":2.50}"#),
    ])
    func aPatchChangesWhatItNames(target: String, patch: String, merged: String) throws {
        let target = try JSONValueSlice(parsing: Array(target.utf8))
        let bytes = try target.merged(with: JSONValueSlice(parsing: Array(patch.utf8)))
        #expect(String(decoding: bytes, as: UTF8.self) == merged)
    }

    @Test func aNameThatComesTwiceIsRefused() throws {
        let target = try JSONValueSlice(parsing: Array(#"{"a":{"b":1,"b":2}}"#.utf8))
        let patch = try JSONValueSlice(parsing: Array(#"{"a":{"c":1}}"#.utf8))
        #expect(throws: JSONError.self) { try target.merged(with: patch) }
    }
}
