import Formats

/// Rows of cells below headings, each column as wide as what is in it.
struct Table: Sendable {
    /// A column's heading and how it is shown.
    struct Heading: Sendable {
        var title: String
        var alignsRight = false
        /// Whether its cells name states, which have colours.
        var isState = false
    }

    /// The least that a column is cut to.
    private static let narrowest = 12

    var headings: [Heading]
    var rows: [[String]]

    /// The table as lines without spaces at their ends.
    ///
    /// - Parameters:
    ///   - width: How many columns of characters there are; the widest columns of the table are cut to that. Nil cuts nothing.
    ///   - hasColours: Whether states have colours and headings are bold.
    func lines(width: Int?, hasColours: Bool) -> [String] {
        let cells = rows.map { $0.map(\.printable) }
        var widths = headings.map { $0.title.columns }
        for row in cells { for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.columns) } }
        if let width { Self.fit(&widths, to: width) }
        let head = line(headings.map(\.title), widths) { text, _ in hasColours ? Style.bold(text) : text }
        return [head]
            + cells.map { row in
                line(row, widths) { text, heading in
                    guard hasColours, heading.isState, let style = Style.ofState(text.trimmed) else { return text }
                    return style(text)
                }
            }
    }

    private func line(_ cells: [String], _ widths: [Int], _ style: (String, Heading) -> String) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let cut = cell.cut(to: widths[index])
            let isLast = index == cells.count - 1
            let text = headings[index].alignsRight ? cut.padded(to: widths[index], left: true) : cut
            line += (index == 0 ? "" : "  ") + style(text, headings[index])
            if !isLast, !headings[index].alignsRight {
                line += String(repeating: " ", count: max(0, widths[index] - cut.columns))
            }
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Narrows the widest columns until all fit.
    private static func fit(_ widths: inout [Int], to width: Int) {
        var excess = widths.reduce(0, +) + 2 * max(0, widths.count - 1) - width
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > narrowest {
            let next = max(narrowest, widths.filter { $0 < widths[widest] }.max() ?? narrowest)
            let step = min(excess, widths[widest] - next)
            widths[widest] -= max(1, step)
            excess -= max(1, step)
        }
    }
}

extension String {
    /// The text on one line, without what would tell a terminal to do something: such characters are shown as escapes.
    var printable: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case _ where scalar.isControl: text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// How many columns of a terminal it takes.
    var columns: Int { reduce(0) { $0 + $1.columns } }

    /// The text, or its beginning and an ellipsis, in so many columns.
    func cut(to width: Int) -> String {
        guard columns > width else { return self }
        var (text, used) = ("", 0)
        for character in self {
            guard used + character.columns <= width - 1 else { break }
            text.append(character)
            used += character.columns
        }
        return text + "…"
    }

    /// The same for a text in which styles begin and end, which take no columns and are kept.
    func styledCut(to width: Int) -> String {
        var (text, used, isEscape, isCut) = ("", 0, false, false)
        for character in self {
            if isEscape || character == "\u{1B}" {
                text.append(character)
                isEscape = character != "m"
            } else if used + character.columns <= width {
                if !isCut { text.append(character) }
                used += character.columns
            } else if !isCut {
                isCut = true
            }
        }
        return text
    }

    /// The text with spaces up to so many columns.
    func padded(to width: Int, left: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - columns))
        return left ? spaces + self : self + spaces
    }

    /// The text with a capital at its beginning.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }

    /// The text without spaces around it.
    var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}

extension Unicode.Scalar {
    /// Whether a terminal may take it for a command, or turns the direction of the text round.
    fileprivate var isControl: Bool {
        value < 0x20 || (0x7F...0x9F).contains(value) || (0x202A...0x202E).contains(value)
            || (0x2066...0x2069).contains(value)
    }
}

extension Character {
    /// How many columns of a terminal it takes: two for what is East Asian and wide, and for emoji.
    fileprivate var columns: Int {
        guard let scalar = unicodeScalars.first, scalar.value >= 0x1100 else { return 1 }
        if scalar.properties.isEmojiPresentation { return 2 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
