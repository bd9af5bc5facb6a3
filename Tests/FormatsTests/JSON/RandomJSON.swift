import TestSupport

/// Makes random JSON texts that use all of the grammar: every kind of value, escape, number and white space.
struct RandomJSON {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// A text whose nesting is at most `depth`.
    mutating func text(depth: Int = 6) -> [UInt8] {
        Array((space() + value(depth: depth) + space()).utf8)
    }

    /// A string of scalars from all planes, with many that need escapes.
    mutating func string() -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<number(below: 24) {
            scalars.append(scalar())
        }
        return String(scalars)
    }

    /// The text with one to three bytes changed, removed, added or repeated.
    mutating func mutate(_ text: [UInt8]) -> [UInt8] {
        let interesting =
            Array("\"\\{}[]:,.-+eE0123456789utfn \n\t/".utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xBF, 0xC2, 0xED, 0xF4, 0xFF]
        var text = text
        for _ in 0...number(below: 3) where !text.isEmpty {
            let index = number(below: text.count)
            switch number(below: 5) {
            case 0: text[index] = interesting[number(below: interesting.count)]
            case 1: text.remove(at: index)
            case 2: text.insert(interesting[number(below: interesting.count)], at: index)
            case 3: text.removeSubrange(index..<min(text.count, index + 1 + number(below: 4)))
            default: text.insert(contentsOf: text[index..<min(text.count, index + 1 + number(below: 8))], at: index)
            }
        }
        return text
    }

    private mutating func value(depth: Int) -> String {
        switch number(below: depth > 0 ? 8 : 5) {
        case 0: ["null", "true", "false"][number(below: 3)]
        case 1, 2: numberText()
        case 3, 4: stringText()
        case 5, 6:
            "{" + space()
                + list { random in
                    random.stringText() + random.space() + ":" + random.space() + random.value(depth: depth - 1)
                } + "}"
        default: "[" + space() + list { $0.value(depth: depth - 1) } + "]"
        }
    }

    private mutating func list(_ element: (inout RandomJSON) -> String) -> String {
        var elements: [String] = []
        for _ in 0..<number(below: 5) {
            elements.append(element(&self) + space())
        }
        return elements.joined(separator: "," + space())
    }

    private mutating func numberText() -> String {
        var text = flip() ? "-" : ""
        text += flip() ? "0" : "\(1 + number(below: 9))" + digits(below: [1, 3, 18][number(below: 3)])
        if flip() {
            text += "." + "\(number(below: 10))" + digits(below: 8)
        }
        if flip() {
            text += ["e", "E"][number(below: 2)] + ["", "+", "-"][number(below: 3)] + "\(number(below: 200))"
        }
        return text
    }

    private mutating func digits(below limit: Int) -> String {
        (0..<number(below: limit)).map { _ in "\(number(below: 10))" }.joined()
    }

    private mutating func stringText() -> String {
        var text = "\""
        for _ in 0..<number(below: 24) {
            let scalar = scalar()
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "/" where flip(): text += "\\/"
            case "\n" where flip(): text += "\\n"
            case "\t" where flip(): text += "\\t"
            case _ where scalar.value < 0x20 || number(below: 8) == 0: text += unicodeEscape(scalar)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    private mutating func unicodeEscape(_ scalar: Unicode.Scalar) -> String {
        String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16, uppercase: flip())
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    private mutating func scalar() -> Unicode.Scalar {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x20...0x7E, 0x20...0x7E, 0x00...0x1F, 0x22...0x22, 0x5C...0x5C, 0x7F...0x7FF, 0x800...0xFFFF,
            0x10000...0x10FFFF,
        ]
        let range = ranges[number(below: ranges.count)]
        return Unicode.Scalar(.random(in: range, using: &generator)) ?? "?"
    }

    private mutating func space() -> String {
        ["", "", "", " ", "\n", "\r\n", " \t "][number(below: 7)]
    }

    private mutating func flip() -> Bool {
        .random(using: &generator)
    }

    mutating func number(below limit: Int) -> Int {
        .random(in: 0..<limit, using: &generator)
    }
}
