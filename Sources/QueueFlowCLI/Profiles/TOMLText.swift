/// Tables of a TOML file, in their order: each with its name, empty for what stands before the first, and its keys.
typealias TOMLTables = [(name: String, values: [(key: String, value: String)])]

/// What of a file is not the TOML that is understood here.
struct TOMLError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Reads and writes the part of TOML that a list of profiles needs (https://toml.io/en/v1.0.0): comments, tables, and keys whose
/// values are strings on one line.
enum TOMLText {
    /// - Throws: ``TOMLError`` with the line.
    static func parse(_ text: String) throws(TOMLError) -> TOMLTables {
        var tables: TOMLTables = []
        var seen: Set<String> = []
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            func failure(_ what: String) -> TOMLError { TOMLError("line \(index + 1): \(what)") }
            var line = Line(line)
            line.skipSpaces()
            if line.isAtEnd { continue }
            if line.accept("[") {
                guard let name = line.name(), line.accept("]"), line.isAtEnd else {
                    throw failure("expected a table such as [profiles.production]")
                }
                guard seen.insert("[\(name)]").inserted else { throw failure("[\(name)] comes a second time") }
                tables.append((name, []))
            } else {
                guard let key = line.name(), line.accept("=") else {
                    throw failure("expected a key such as url = \"...\"")
                }
                guard let value = line.string(), line.isAtEnd else {
                    throw failure("the value of \(key) must be a string in quotation marks")
                }
                if tables.isEmpty { tables.append(("", [])) }
                let table = tables[tables.count - 1].name
                guard seen.insert("\(table)=\(key)").inserted else { throw failure("\(key) comes a second time") }
                tables[tables.count - 1].values.append((key, value))
            }
        }
        return tables
    }

    /// The tables as a file.
    static func text(_ tables: TOMLTables) -> String {
        tables.map { table in
            let head = table.name.isEmpty ? "" : "[\(name(table.name))]\n"
            return head + table.values.map { "\($0.key) = \(quoted($0.value))\n" }.joined()
        }.joined(separator: "\n")
    }

    /// A dotted name whose first part is bare: what comes after it is one key.
    private static func name(_ name: String) -> String {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        return parts.map { $0.allSatisfy(Line.isBare) ? $0 : quoted($0) }.joined(separator: ".")
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// A line that is read from its beginning on.
    private struct Line {
        private var rest: Substring

        init(_ line: Substring) { rest = line }

        static func isBare(_ character: Character) -> Bool {
            character.isASCII && (character.isLetter || character.isNumber || character == "_" || character == "-")
        }

        /// Whether nothing follows but a comment.
        var isAtEnd: Bool { rest.isEmpty || rest.first == "#" }

        mutating func skipSpaces() { rest = rest.drop { $0 == " " || $0 == "\t" } }

        mutating func accept(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            skipSpaces()
            return true
        }

        /// A name of parts with dots between them, each bare or quoted.
        mutating func name() -> String? {
            var parts: [String] = []
            repeat {
                if rest.first == "\"" || rest.first == "'" {
                    guard let part = string() else { return nil }
                    parts.append(part)
                } else {
                    let part = rest.prefix(while: Self.isBare)
                    guard !part.isEmpty else { return nil }
                    rest = rest.dropFirst(part.count)
                    skipSpaces()
                    parts.append(String(part))
                }
            } while accept(".")
            return parts.joined(separator: ".")
        }

        mutating func string() -> String? {
            guard let mark = rest.first, mark == "\"" || mark == "'" else { return nil }
            rest.removeFirst()
            var text = ""
            while let character = rest.popFirst() {
                if character == mark {
                    skipSpaces()
                    return text
                }
                if character == "\\", mark == "\"" {
                    guard let escaped = escape() else { return nil }
                    text.append(escaped)
                } else {
                    text.append(character)
                }
            }
            return nil
        }

        private mutating func escape() -> Character? {
            switch rest.popFirst() {
            case "\"": return "\""
            case "\\": return "\\"
            case "n": return "\n"
            case "t": return "\t"
            case "r": return "\r"
            case "u": return scalar(digits: 4)
            case "U": return scalar(digits: 8)
            default: return nil
            }
        }

        private mutating func scalar(digits: Int) -> Character? {
            let text = rest.prefix(digits)
            rest = rest.dropFirst(digits)
            guard text.count == digits, let value = UInt32(text, radix: 16) else { return nil }
            return Unicode.Scalar(value).map(Character.init)
        }
    }
}
