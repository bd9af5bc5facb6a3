import Foundation
import Testing

@testable import Formats

@Suite struct DecodingErrorTests {
    private struct Retry: Decodable {
        var base: Double
        var maxAttempts: Int?

        private enum CodingKeys: String, CodingKey {
            case base, maxAttempts = "max_attempts"
        }
    }

    private struct Payload: Decodable {
        enum Color: String, Decodable { case red }

        var retry: Retry
        var names: [String]?
        var color: Color?
        var small: Int8?
        var isNew: Bool?
        var counts: [String: Int]?
    }

    @Test(arguments: [
        ("{}", "retry: must be given"),
        (#"{"retry":{}}"#, "retry.base: must be given"),
        (#"{"retry":{"base":"3"}}"#, #"retry.base: expected a number, got "3""#),
        (#"{"retry":{"base":"hunter2"}}"#, "retry.base: expected a number, got a string of 7 characters"),
        (#"{"retry":{"base":1,"max_attempts":true}}"#, "retry.max_attempts: expected a whole number, got true"),
        (#"{"retry":{"base":1,"max_attempts":3.5}}"#, "retry.max_attempts: 3.5 does not fit what is expected"),
        (#"{"retry":{"base":null}}"#, "retry.base: expected a number, got null"),
        (#"{"retry":[1,2]}"#, "retry: expected an object, got an array of 2"),
        ("[1]", "expected an object, got an array of 1"),
        (#"{"retry":{"base":1},"names":["a",{}]}"#, "names[1]: expected a string, got an object"),
        (#"{"retry":{"base":1},"names":{}}"#, "names: expected an array, got an object"),
        (#"{"retry":{"base":1},"color":"blue"}"#, "color: is none of the values there are"),
        (#"{"retry":{"base":1},"small":300}"#, "small: 300 does not fit what is expected"),
        (#"{"retry":{"base":1},"isNew":0}"#, "isNew: expected true or false, got 0"),
        (
            #"{"retry":{"base":1},"counts":{"a b":"x"}}"#,
            "counts.a b: expected a whole number, got a string of 1 characters"
        ),
        (#"{"retry":"#, "line 1, column 10 (byte 9): expected a value, found the end of the text"),
    ])
    func theSentenceNamesPlaceAndExpectation(_ json: String, _ expected: String) throws {
        let data = Data(json.utf8)
        let error = try #require(throws: DecodingError.self) { try JSONDecoder().decode(Payload.self, from: data) }
        let text = error.explanation(of: data)
        #expect(text == expected)
        for internals in ["CodingKeys", "DecodingError", "Swift"] { #expect(!error.explanation().contains(internals)) }
    }

    @Test func otherErrorsSpeakForThemselves() {
        struct Broken: Error, CustomStringConvertible { let description = "it is broken" }
        #expect(explanation(of: Broken()) == "it is broken")
    }
}
