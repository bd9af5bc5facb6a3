import Formats
import Foundation
import Testing

/// Compares the reader with Foundation's on random texts and on texts with random faults.
@Suite struct JSONDifferentialTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func readsRandomTextsAsFoundationDoes(seed: UInt64) throws {
        var random = RandomJSON(seed: seed)
        for _ in 0..<250 {
            try compare(random.text(), seed: seed)
        }
    }

    @Test(arguments: 101...108 as ClosedRange<UInt64>)
    func refusesFaultyTextsAsFoundationDoes(seed: UInt64) throws {
        var random = RandomJSON(seed: seed)
        var refused = 0
        for _ in 0..<1_500 {
            let text = random.mutate(random.text(depth: 3))
            if try !compare(text, seed: seed) {
                refused += 1
            }
        }
        #expect(refused > 500, "The faults of seed \(seed) are too harmless to test anything.")
    }

    /// A text cut short is never JSON, unless the rest was white space or digits.
    @Test(arguments: [11, 12] as [UInt64])
    func refusesEveryBeginningOfAnObject(seed: UInt64) throws {
        var random = RandomJSON(seed: seed)
        for _ in 0..<20 {
            let text = Array("{\"a\":".utf8) + random.text(depth: 2) + Array("}".utf8)
            _ = try JSONValueSlice(parsing: text)
            for end in 0..<text.count {
                #expect(throws: JSONError.self, "seed \(seed)") { try JSONValueSlice(parsing: Array(text[..<end])) }
            }
        }
    }

    /// - Returns: Whether both accept the text.
    @discardableResult
    private func compare(_ text: [UInt8], seed: UInt64) throws -> Bool {
        let shown = String(decoding: text, as: UTF8.self)
        let foundation = Result { try JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed) }
        let own: JSONValueSlice
        do {
            own = try JSONValueSlice(parsing: text)
        } catch {
            let isAcceptedByFoundation = (try? foundation.get()) != nil
            #expect(!isAcceptedByFoundation || isStricter(error, text), "seed \(seed): refused \(shown): \(error)")
            return false
        }
        do {
            try expectEqual(own, foundation.get(), seed: seed)
        } catch let error as CocoaError {
            // Foundation refuses numbers that are too large for a Double.
            #expect("\(error)".contains("umber"), "seed \(seed): accepted \(shown): \(error)")
        }
        return true
    }

    /// Foundation lets these pass: other encodings (it looks for zero bytes and marks), surrogates without a half, and
    /// a comma before a closing bracket.
    private func isStricter(_ error: any Error, _ text: [UInt8]) -> Bool {
        let description = "\(error)"
        return description.contains("surrogate") || text.prefix(4).contains(0)
            || description.hasSuffix("expected a value, found \"]\"")
            || description.hasSuffix("expected a name in quotation marks, found \"}\"")
    }

    private func expectEqual(_ own: JSONValueSlice, _ foundation: Any, seed: UInt64) throws {
        let raw = String(decoding: own.rawBytes, as: UTF8.self)
        switch own.kind {
        case .null:
            #expect(foundation is NSNull, "seed \(seed)")
        case .boolean:
            #expect(own.bool == foundation as? Bool, "seed \(seed): \(raw)")
        case .number:
            // Foundation goes through a decimal type and misses the last digits; the C library rounds correctly.
            let number = try #require(foundation as? NSNumber, "seed \(seed): \(raw)").doubleValue
            #expect(own.double == strtod(raw, nil), "seed \(seed): \(raw)")
            #expect(abs(number - strtod(raw, nil)) <= abs(number) * 1e-12, "seed \(seed): \(raw)")
        case .string:
            let expected = try #require(foundation as? String, "seed \(seed): \(raw)")
            #expect(own.string?.utf8.elementsEqual(expected.utf8) == true, "seed \(seed): \(raw)")
        case .array:
            let elements = try #require(own.array)
            let expected = try #require(foundation as? [Any], "seed \(seed): \(raw)")
            #expect(elements.count == expected.count, "seed \(seed): \(raw)")
            for (element, other) in zip(elements, expected) {
                try expectEqual(element, other, seed: seed)
            }
        case .object:
            let expected = try #require(foundation as? [String: Any], "seed \(seed): \(raw)")
            guard let object = try? own.object else {
                // A name comes twice; Foundation keeps one of the two.
                return
            }
            for member in object.members where expected.count == object.members.count {
                let other = try #require(expected[member.name], "seed \(seed): \(raw)")
                try expectEqual(member.value, other, seed: seed)
            }
        }
    }
}
