import Formats
import Foundation

/// Draws what `queueflow top` shows as lines for a terminal of any size.
struct TopScreen {
    let model: TopModel
    let address: String
    let now: Date
    let width: Int
    let height: Int
    let hasColours: Bool

    /// How many rows or lines of the tab there is room for: all but the head, the tabs, the headings and the foot.
    static func bodyHeight(_ height: Int) -> Int { max(1, height - 5) }

    /// As many lines as the terminal has, each no wider than it.
    func lines() -> [String] {
        var lines = [head, tabs]
        lines += body.prefix(max(0, height - 4))
        while lines.count < height - 2 { lines.append("") }
        lines += [status, foot]
        return lines.prefix(height).map { $0.styledCut(to: width) }
    }

    private func style(_ style: Style, _ text: String) -> String { hasColours ? style(text) : text }

    private var head: String {
        let clock = RFC3339.wholeSeconds(now).dropFirst(11).prefix(8) + " UTC"
        let name = "QueueFlow  \(address)".cut(to: max(1, width - clock.count - 2))
        return style(.bold, name.padded(to: width - clock.count)) + clock
    }

    private var tabs: String {
        var used = 0
        var line = ""
        for tab in TopModel.Tab.allCases {
            let title = " \(tab.rawValue + 1) \(tab.title) "
            used += title.count
            guard used <= width else { break }
            line += tab == model.tab ? (hasColours ? Style.inverse(title) : "[\(title.dropFirst().dropLast())]") : title
        }
        return line
    }

    private var status: String {
        if let problem = model.problem { return style(.red, "! \(problem.printable)") }
        if let message = model.message {
            return style(message.isFailure ? .red : .green, message.text.printable)
        }
        var parts: [String] = []
        if model.isPaused { parts.append("paused (space goes on)") }
        if model.tab == .jobs { parts.append("state: \(model.jobState ?? "any")") }
        if !model.filter.isEmpty { parts.append("filter: \(model.filter)") }
        return style(.dim, parts.joined(separator: "   ").printable)
    }

    private var foot: String {
        switch model.mode {
        case .filtering:
            return style(.bold, "/\(model.filter)_   Enter keeps it, Esc clears it".printable)
        case .confirming(let question, _, _):
            return style(.yellow, "\(question) y: yes, any other key: no")
        case .details: return style(.dim, "↑↓ scroll   any other key: back")
        case .help: return style(.dim, "any key: back")
        case .browsing: break
        }
        let acts = TopAct.all.filter { $0.tab == model.tab }.map {
            "\($0.key) \($0.verb.lowercased().prefix { $0 != " " })"
        }
        let keys = ["q quit", "? help", "1-6 view", "↑↓ select"] + (model.tab == .jobs ? ["s state"] : []) + acts
        return style(.dim, keys.joined(separator: "  "))
    }

    private var body: [String] {
        switch model.mode {
        case .help: return Self.help
        case .details(let title, let lines, let offset):
            return [style(.bold, title.printable)]
                + lines.dropFirst(offset).prefix(Self.bodyHeight(height))
        default: return model.tab == .overview ? overview : table
        }
    }

    // MARK: Tables

    private var none: String {
        model.partial.contains(model.tab)
            ? "  There are none among the newest; jobs list looks further." : "  There are none."
    }

    private var table: [String] {
        let shown = model.shown
        guard let noun = model.tab.noun, let selection = model.selection else {
            return ["", model.rows[model.tab] == nil ? "  …" : none]
        }
        let room = Self.bodyHeight(height)
        // The selected row is kept in sight, in the middle where it can be.
        let first = min(max(0, selection - room / 2), max(0, shown.count - room))
        let visible = Array(shown[first..<min(shown.count, first + room)])
        let columns = model.tab.columns.compactMap { name in noun.columns.first { $0.name == name } }
        var surroundings = Surroundings.current
        surroundings.terminal = Terminal()
        let printer = Printer(
            noun: noun,
            format: .table,
            columns: columns,
            times: TimeText(style: .relative, now: now),
            surroundings: surroundings
        )
        let lines = printer.table(visible).lines(width: width - 2, hasColours: false)
        return lines.enumerated().map { index, line in
            if index == 0 { return style(.bold, "  " + line) }
            let isSelected = index - 1 + first == selection
            let text = (isSelected ? "> " : "  ") + line
            if isSelected { return hasColours ? Style.inverse(text.padded(to: width)) : text }
            guard hasColours, let state = visible[index - 1].text("state"), let colour = Style.ofState(state),
                let range = text.range(of: state)
            else { return text }
            return text.replacingCharacters(in: range, with: colour(state))
        }
    }

    // MARK: Overview

    private var overview: [String] {
        guard let overview = model.overview else { return ["", "  …"] }
        func number(_ path: String) -> String {
            overview.at(path).flatMap(\.double).map { Self.brief($0) } ?? "-"
        }
        func pairs(_ title: String, _ names: [(String, String)]) -> String {
            ("  " + title.padded(to: 12) + names.map { "\($0.0) \($0.1)" }.joined(separator: "   "))
        }
        let states = ["scheduled", "queued", "running", "retrying", "dead"]
        let rates = ["submitted", "completed", "failed", "died", "cancelled"]
        var lines = ["", pairs("jobs", states.map { ($0, number("jobs.\($0)")) })]
        lines.append(pairs("per second", rates.map { ($0, number("rates.\($0)")) }))
        let failing = overview.at("failure_ratio")?.double.map { "\(Self.brief($0 * 100))%" } ?? "-"
        let waits = ["p50", "p95", "p99"].map { name in
            (name, overview.at("wait.\(name)")?.double.map(TimeText.span) ?? "-")
        }
        let oldest = overview.at("oldest_ready_age")?.double.map(TimeText.span) ?? "-"
        lines.append(pairs("waiting", waits + [("oldest", oldest), ("failing", failing)]))
        lines.append(
            pairs(
                "workers",
                [("alive", number("workers")), ("slots", "\(number("slots.used")) of \(number("slots.total"))")]
            )
        )
        lines.append(pairs("queues", [("all", number("queues")), ("paused", number("paused_queues"))]))
        lines.append("  " + "components".padded(to: 12) + components(overview))
        lines.append("")
        for name in ["submitted", "completed", "failed", "queued"] {
            let values = model.history.map { $0.at(name)?.double }
            guard values.contains(where: { $0 != nil }) else { continue }
            let peak = values.compactMap { $0 }.max() ?? 0
            let line = Self.sparkline(values, width: max(8, min(60, width - 30)))
            lines.append(("  " + name.padded(to: 12) + line + "  peak \(Self.brief(peak))"))
        }
        if lines.last == "" { lines.removeLast() } else { lines.append(style(.dim, "  the last hour, a minute a bar")) }
        return lines
    }

    private func components(_ overview: JSONValueSlice) -> String {
        let members = (try? overview.at("components")?.object)?.members ?? []
        return members.map { member in
            let state = member.value.plainText.printable
            return "\(member.name) " + (Style.ofState(state).map { style($0, state) } ?? state)
        }.joined(separator: "   ")
    }

    /// A number in few characters: `950`, `12.3k`, `4M`.
    static func brief(_ number: Double) -> String {
        let (value, unit): (Double, String) =
            number < 10_000 ? (number, "") : number < 1e7 ? (number / 1e3, "k") : (number / 1e6, "M")
        let rounded = (value * 10).rounded() / 10
        return (rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)") + unit
    }

    /// Bars for the last values; what is not known leaves a gap.
    static func sparkline(_ values: [Double?], width: Int) -> String {
        let bars = Array("▁▂▃▄▅▆▇█")
        let last = values.suffix(width)
        let peak = last.compactMap { $0 }.max() ?? 0
        return String(
            last.map { value in
                guard let value else { return " " }
                return peak > 0 ? bars[min(7, Int(value / peak * 7.999))] : bars[0]
            }
        )
    }

    static let help = [
        "", "  1-6, Tab, ← →   another view              ↑ ↓ j k       select",
        "  PgUp PgDn g G   by pages, first, last     Enter         all about it",
        "  /               show what has a text      Esc           show all",
        "  s               jobs in another state     space         pause, go on",
        "  r               read anew                 q, Ctrl-C     quit", "",
        "  Capital letters change something, and ask before they do:",
        "  Jobs        R retry    C cancel    D delete", "  Queues      P pause    R resume",
        "  Workers     D drain", "  Dead        R replay a cause    D delete a cause", "  Operations  S stop",
    ]
}
