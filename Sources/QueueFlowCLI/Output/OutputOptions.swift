import ArgumentParser
import Formats
import Foundation

extension TimeText.Style: ExpressibleByArgument {}

/// How what was found is printed.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// For a person.
    case table
    /// One document: an array of what is listed, or an object.
    case json
    /// One object a line.
    case jsonl
    /// What each is called by, one a line.
    case name
}

/// Options of the commands that print what they found.
struct OutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("table, json, jsonl (an object a line) or name (ids or names alone).", valueName: "format")
    )
    var format: OutputFormat?

    @Option(
        help: ArgumentHelp(
            "The columns of the table, commas between them; any member's path will do, such as payload.user.id.",
            valueName: "names"
        )
    )
    var columns: String?

    @Option(
        help: ArgumentHelp(
            "How a table shows times: utc, local or relative (default: relative on a terminal, else utc).",
            valueName: "style"
        )
    )
    var time: TimeText.Style?

    /// Prints things of a noun as these options say.
    ///
    /// - Parameter usual: The format when none is given.
    func printer(for noun: Noun, usual: OutputFormat = .table) throws -> Printer {
        let surroundings = Surroundings.current
        let style = time ?? (surroundings.terminal.showsOutput ? .relative : .utc)
        return Printer(
            noun: noun,
            format: format ?? usual,
            columns: try columns.map { try noun.columns(named: $0) } ?? noun.usualColumns,
            times: TimeText(style: style, now: surroundings.now()),
            surroundings: surroundings
        )
    }
}

/// Prints things of one noun.
struct Printer: Sendable {
    let noun: Noun
    let format: OutputFormat
    let columns: [Column]
    let times: TimeText
    let surroundings: Surroundings

    private var console: Console { surroundings.output }
    private var terminal: Terminal { surroundings.terminal }

    /// Whether things can be printed as they come.
    var isStreaming: Bool { format == .jsonl || format == .name }

    /// Prints a list.
    func print(_ items: [JSONValueSlice]) {
        switch format {
        case .table:
            for line in table(items).lines(width: terminal.width, hasColours: terminal.hasColours) {
                console.line(line)
            }
        case .json:
            var writer = JSONWriter()
            writer.array { for item in items { $0.raw(item) } }
            // What was just written is JSON.
            if let whole = try? JSONValueSlice(parsing: writer.bytes) { console.line(whole.pretty) }
        case .jsonl: for item in items { console.line(item.compact) }
        case .name: for item in items { console.line(name(of: item)) }
        }
    }

    /// Prints one thing with all that is known of it.
    ///
    /// - Parameter more: Tables that belong to it, each below its title.
    func print(_ item: JSONValueSlice, with more: [(title: String, table: Table)] = []) {
        guard format == .table else {
            switch format {
            case .json: console.line(item.pretty)
            default: print([item])
            }
            return
        }
        for line in details(of: item) { console.line(line) }
        for (title, table) in more where !table.rows.isEmpty {
            console.line()
            console.line(terminal.hasColours ? Style.bold(title) : title)
            for line in table.lines(width: terminal.width.map { $0 - 2 }, hasColours: terminal.hasColours) {
                console.line("  " + line)
            }
        }
    }

    /// What things are called by.
    func name(of item: JSONValueSlice) -> String { item.at(noun.key)?.plainText ?? "" }

    func table(_ items: [JSONValueSlice]) -> Table {
        Table(
            headings: columns.map { column in
                var heading = Table.Heading(title: column.name.uppercased(), alignsRight: column.alignsRight)
                if case .state = column.kind { heading.isState = true }
                return heading
            },
            rows: items.map { item in columns.map { $0.text(of: item, times) } }
        )
    }

    private func details(of item: JSONValueSlice) -> [String] {
        let shown = noun.columns.map { ($0.name, lines(of: $0, item)) }.filter { !$0.1.isEmpty }
        let width = shown.map(\.0.count).max() ?? 0
        return shown.flatMap { name, lines in
            lines.enumerated().map { index, line in (index == 0 ? name : "").padded(to: width) + "  " + line }
        }
    }

    /// What one thing has to show of a column; no lines when that is nothing.
    private func lines(of column: Column, _ item: JSONValueSlice) -> [String] {
        if noun.blocks.contains(column.name) {
            let value = item.at(column.path)
            let text = value.map { $0.isScalar ? column.text(of: item, times) : $0.pretty } ?? ""
            return text.split(separator: "\n").map { String($0).printable }
        }
        let text = column.text(of: item, times).printable
        if text.isEmpty { return [] }
        if case .state = column.kind, terminal.hasColours, let style = Style.ofState(text) { return [style(text)] }
        return [text]
    }
}
