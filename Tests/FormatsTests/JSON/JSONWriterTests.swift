import Formats
import Foundation
import TestSupport
import Testing

@Suite struct JSONWriterTests {
    private func write(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func putsCommasWhereTheyBelong() {
        let text = write { writer in
            writer.object { object in
                object.member("string", "a")
                object.member("int", -1)
                object.member("double", 1.5)
                object.member("bool", true)
                object.name("null")
                object.null()
                object.member("tags", ["x", "y"])
                object.member("none", [] as [String])
                object.member("raw", raw: Array("[ ]".utf8))
                object.name("list")
                object.array { list in
                    list.int(1)
                    list.object { _ in }
                    list.object { $0.member("a", false) }
                    list.array { _ in }
                    list.raw(Array("{ }".utf8))
                }
                object.name("object")
                object.object { _ in }
            }
        }
        #expect(
            text
                == #"{"string":"a","int":-1,"double":1.5,"bool":true,"null":null,"tags":["x","y"],"none":[],"raw":[ ],"#
                + #""list":[1,{},{"a":false},[],{ }],"object":{}}"#
        )
    }

    @Test func escapesWhatMustBeEscapedAndNothingElse() {
        #expect(
            write { $0.string("\"\\/\u{8}\u{C}\n\r\t\u{0}\u{1}\u{F}\u{10}\u{1F} \u{7F}é🙂\u{2028}") }
                == #""\"\\/\b\f\n\r\t\u0000\u0001\u000f\u0010\u001f "# + "\u{7F}é🙂\u{2028}\""
        )
        #expect(write { $0.string("12345678\n123456789\"") } == #""12345678\n123456789\"""#)
        #expect(write { $0.object { $0.member("a\"b", "") } } == #"{"a\"b":""}"#)
    }

    @Test(
        arguments: [
            (0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"),
            (.nan, "null"),
            (.infinity, "null"),
            (-.infinity, "null"),
        ] as [(Double, String)]
    )
    func writesNumbersThatReadBack(_ value: Double, _ text: String) {
        #expect(write { $0.double(value) } == text)
    }

    @Test(arguments: [Int.min, -1, 0, 7, .max])
    func writesWholeNumbers(_ value: Int) {
        #expect(write { $0.int(value) } == "\(value)")
    }

    @Test func handsValuesOnUnchanged() throws {
        let payload = #"{ "n" : 1.0000000000000000000001, "s":"\u0041" }"#
        let value = try JSONValueSlice(parsing: Array(" \(payload) ".utf8))
        #expect(write { $0.object { $0.member("payload", value) } } == #"{"payload":\#(payload)}"#)
        #expect(write { $0.raw(value) } == payload)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func anyStringReadsBackInAnyReader(seed: UInt64) throws {
        var random = RandomJSON(seed: seed)
        for _ in 0..<500 {
            let string = random.string()
            let text = write { $0.array { $0.string(string) } }
            let foundation = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String]
            #expect(foundation.map { $0[0].utf8.elementsEqual(string.utf8) } == true, "seed \(seed): \(text)")
            let own = try JSONValueSlice(parsing: Array(text.utf8)).array?.first?.string
            #expect(own.map { $0.utf8.elementsEqual(string.utf8) } == true, "seed \(seed): \(text)")
        }
    }

    @Test(arguments: [4, 5] as [UInt64])
    func anyDoubleReadsBackTheSame(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else {
                continue
            }
            let text = write { $0.double(value) }
            #expect(try JSONValueSlice(parsing: Array(text.utf8)).double == value, "seed \(seed): \(text)")
        }
    }
}
