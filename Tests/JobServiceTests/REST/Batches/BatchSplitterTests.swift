import Testing

@testable import JobService

@Suite struct BatchSplitterTests {
    /// Cuts a body that arrives in pieces of a size.
    private func cut(_ body: String, _ form: BatchSplitter.Form, pieces: Int, maxJobBytes: Int = 1_000) throws
        -> [String]
    {
        var splitter = BatchSplitter(form, maxJobBytes: maxJobBytes)
        var jobs: [[UInt8]] = []
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            jobs += try splitter.take(bytes[start..<min(start + pieces, bytes.count)])
        }
        if let last = try splitter.finish() { jobs.append(last) }
        return jobs.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("[]", []), (" [ ] \n", []), (#"[{"a":1}]"#, [#"{"a":1}"#]),
        (#"[{"a":[1,{"b":2}]},{"c":"],\"{["}]"#, [#"{"a":[1,{"b":2}]}"#, #"{"c":"],\"{["}"#]),
        (#"[{"a":"\\"},{}]"#, [#"{"a":"\\"}"#, "{}"]), ("[{},]", ["{}", ""]), ("[1 2,{]", ["1 2", "{]"]),
    ])
    func anArrayIsCutWhereverItsPiecesEnd(_ body: String, jobs: [String]) throws {
        for pieces in 1...max(1, body.utf8.count) {
            if body == "[1 2,{]" {
                // What is no JSON may lack an end.
                #expect(throws: BatchSplitter.Failure.notAnArray) { try cut(body, .array, pieces: pieces) }
            } else {
                #expect(try cut(body, .array, pieces: pieces) == jobs)
            }
        }
    }

    @Test(arguments: [("", ""), ("[]", " "), (" ", "[]")]) func blanksWithoutEndAreRefused(
        before: String,
        after: String
    ) {
        let body = before + String(repeating: " ", count: 1_001) + after
        #expect(throws: BatchSplitter.Failure.notAnArray) { try cut(body, .array, pieces: 100) }
    }

    @Test(arguments: ["", "{}", "[{}", "[{}] x", "x[]", "[{}]]"])
    func whatIsNoWholeArrayIsRefused(_ body: String) {
        #expect(throws: BatchSplitter.Failure.notAnArray) { try cut(body, .array, pieces: 2) }
    }

    @Test(arguments: [
        ("", []), ("\n \r\n", []), ("{}\n{\"a\":1}\r\n", ["{}", "{\"a\":1}\r"]), ("{}\n\n{}", ["{}", "{}"]),
    ])
    func linesAreCutWhereverTheirPiecesEnd(_ body: String, jobs: [String]) throws {
        for pieces in 1...max(1, body.utf8.count) {
            #expect(try cut(body, .lines, pieces: pieces) == jobs)
        }
    }

    @Test(arguments: [BatchSplitter.Form.lines, .array])
    func aJobWithoutEndIsNotKept(_ form: BatchSplitter.Form) {
        let body = "[\"" + String(repeating: "x", count: 200)
        #expect(throws: BatchSplitter.Failure.jobTooLarge) { try cut(body, form, pieces: 7, maxJobBytes: 100) }
    }
}
